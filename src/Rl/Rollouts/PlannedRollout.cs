namespace AgentTeams.Rl;

/// <summary>A rollout to be run, or found in the store.</summary>
/// <param name="Task">What is worked on.</param>
/// <param name="Key">Decides every random draw.</param>
/// <param name="Steering">What is done to its model calls; null for nothing.</param>
/// <param name="ForkId">The trajectory's id where it is not that of the key.</param>
internal sealed record PlannedRollout<TTask>(TTask Task, SeedKey Key, SteeredRun? Steering = null, string? ForkId = null)
{
    public string Id => ForkId ?? Key.ToTrajectoryId();
}
