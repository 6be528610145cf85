namespace AgentTeams.Rl;

/// <summary>Judges a trajectory. Called once for each trajectory of a batch, possibly concurrently for different ones.</summary>
public interface IRewardFunction
{
    /// <summary>The function's name, unique in a <see cref="RewardComposer"/>; it becomes <see cref="Reward.Source"/>.</summary>
    string Name { get; }

    /// <summary>
    /// Whether an empty answer is meant: the trajectory holds nothing that this function judges. False unless overridden; then
    /// an empty answer is a missing reward and stops the composer.
    /// </summary>
    bool MayAbstain => false;

    /// <summary>The rewards of one trajectory, unweighted.</summary>
    /// <param name="trajectory">The trajectory to judge.</param>
    /// <param name="group">All trajectories of the same group, the judged one included, in batch order.</param>
    /// <param name="cancellationToken">Ends a judgement that takes long.</param>
    ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default);
}
