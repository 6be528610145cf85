using System.Globalization;

namespace AgentTeams.Rl;

/// <summary>
/// What an environment says of a run of its workflow: its score for the trajectory, and what each turn was worth to the turns that have a reward.
/// </summary>
/// <param name="name">The rewards' name; "environment" by default. Those of turns have "/turn" behind it.</param>
/// <param name="failed">The value of a trajectory that failed or was cancelled; 0 by default.</param>
public sealed class EnvironmentReward(string name = "environment", double failed = 0) : IRewardFunction
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">The trajectory's outcome is no score: it is no rollout of an environment.</exception>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        List<Reward> rewards = [Reward.ForTrajectory(name, trajectory.Status == TrajectoryStatus.Completed ? Score(trajectory) : failed)];
        foreach (var turn in trajectory.Nodes.Where(n => !n.Inherited).Select(n => (n.Turn, Step: EnvironmentStep.Of(n))).Where(n => n.Step?.Reward is not null).GroupBy(n => n.Turn))
            rewards.Add(Reward.ForTurn(turn.Key, $"{name}/turn", turn.Sum(n => n.Step!.Reward!.Value)));
        return new(rewards);
    }

    private double Score(Trajectory trajectory) => double.TryParse(trajectory.Outcome, NumberStyles.Float, CultureInfo.InvariantCulture, out var score) ? score
        : throw new AgentTeamsException($"The outcome '{trajectory.Outcome}' of trajectory '{trajectory.Id}' is no score. Give '{name}' rollouts of Rollouts.From(environment, ...).");
}
