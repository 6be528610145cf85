namespace AgentTeams.Rl;

/// <summary>
/// Runs a team on a task once; the key decides every random draw and the trajectory's id. It records failures in the trajectory
/// instead of throwing them.
/// </summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
public delegate Task<Trajectory> Rollout<in TTask>(TTask task, SeedKey key, CancellationToken cancellationToken);
