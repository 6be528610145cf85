namespace AgentTeams.Rl;

/// <summary>One reward for the whole trajectory, from its result.</summary>
/// <param name="score">The value of a completed trajectory; must be finite.</param>
/// <param name="name">The reward's name; "outcome" by default.</param>
/// <param name="failed">The value of a trajectory that failed or was cancelled, for which the score is not asked; 0 by default.</param>
public sealed class OutcomeReward(Func<Trajectory, double> score, string name = "outcome", double failed = 0) : IRewardFunction
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        var value = trajectory.Status == TrajectoryStatus.Completed ? score(trajectory) : failed;
        return new([Reward.ForTrajectory(name, value)]);
    }
}
