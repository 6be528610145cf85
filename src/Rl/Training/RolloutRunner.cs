namespace AgentTeams;

/// <summary>Runs a team on a task once; the key decides every random draw and the trajectory's id.</summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
public delegate Task<Trajectory> Rollout<in TTask>(TTask task, SeedKey key, CancellationToken cancellationToken);

/// <summary>Runs groups of rollouts concurrently and reuses the ones that a store already holds.</summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
/// <param name="rollout">Runs the team once. It records failures in the trajectory instead of throwing them.</param>
/// <param name="taskId">The id of a task, unique among the tasks.</param>
/// <param name="store">Where finished trajectories may be found, or null to run all.</param>
/// <param name="maxConcurrency">How many rollouts run at once; 512 unless set.</param>
public sealed class RolloutRunner<TTask>(Rollout<TTask> rollout, Func<TTask, string> taskId, ITrajectoryStore? store = null, int maxConcurrency = 512)
{
    /// <summary>Runs each task several times; the order of the result is task by task, sample by sample.</summary>
    /// <param name="tasks">The tasks.</param>
    /// <param name="samples">How often each is run.</param>
    /// <param name="key">Run, stage and step of the keys; task and sample are filled in.</param>
    /// <param name="cancellationToken">Ends all rollouts.</param>
    public async Task<IReadOnlyList<Trajectory>> RunAsync(IReadOnlyList<TTask> tasks, int samples, SeedKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(key);
        using var slots = new SemaphoreSlim(maxConcurrency);
        return await Task.WhenAll(tasks.SelectMany(task => Enumerable.Range(0, samples).Select(async sample =>
        {
            await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var own = key with { Task = taskId(task), Sample = sample };
                var stored = store is null ? null : await store.FindAsync(own.ToTrajectoryId(), cancellationToken).ConfigureAwait(false);
                return stored ?? await rollout(task, own, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                slots.Release();
            }
        }))).ConfigureAwait(false);
    }
}
