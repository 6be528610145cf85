using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Rl;

/// <summary>
/// Runs groups of rollouts concurrently, stores each as it ends, and reuses those that the store already holds: of the same key,
/// weights, team and code. A stored rollout that differs in one of these is left as it is; the task is sampled anew, under an id of
/// its own, and the log says what differs. So is one that broke for reasons that are not the roles'
/// (<see cref="FailureCause.Infrastructure"/>): it is run again.
/// </summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
public sealed partial class RolloutRunner<TTask>
{
    private readonly Rollout<TTask> _rollout;
    private readonly Func<TTask, string> _taskId;
    private readonly RolloutOptions _options;
    private readonly string _code;
    private readonly ILogger _logger;

    /// <summary>Creates a runner.</summary>
    /// <param name="rollout">Runs the team once.</param>
    /// <param name="taskId">The id of a task, unique among the tasks.</param>
    /// <param name="options">Store, concurrency and what rollouts depend on; null, the default, for no store and everything else by its default.</param>
    /// <exception cref="AgentTeamsException">An option is out of range, or a store is given without models.</exception>
    public RolloutRunner(Rollout<TTask> rollout, Func<TTask, string> taskId, RolloutOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        ArgumentNullException.ThrowIfNull(taskId);
        (_rollout, _taskId, _options) = (rollout, taskId, options ?? new());
        OptionChecks.Validate(_options);
        _logger = _options.LoggerFactory.CreateLogger("AgentTeams.RolloutRunner");
        _code = CodeFingerprint.Of(rollout, _options.Fingerprint);
    }

    /// <summary>Runs each task several times; the order of the result is task by task, sample by sample.</summary>
    /// <param name="tasks">The tasks.</param>
    /// <param name="samples">How often each is run.</param>
    /// <param name="key">Run, stage and step of the keys; task and sample are filled in.</param>
    /// <param name="cancellationToken">Ends all rollouts.</param>
    /// <exception cref="AgentTeamsException">The store cannot be written, or a rollout names its trajectory by an id that is stored already.</exception>
    public async Task<IReadOnlyList<Trajectory>> RunAsync(IReadOnlyList<TTask> tasks, int samples, SeedKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(key);
        return await RunAsync([.. tasks.SelectMany(task => Enumerable.Range(0, samples)
            .Select(sample => new PlannedRollout<TTask>(task, key with { Task = _taskId(task), Sample = sample })))], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs what is planned; the result is in the order of the plan.</summary>
    internal async Task<Trajectory[]> RunAsync(IReadOnlyList<PlannedRollout<TTask>> planned, CancellationToken cancellationToken)
    {
        // A hash of all weights takes its time, and only a store asks for it.
        var origin = _options is { Store: not null, Models: { } models }
            ? new RolloutOrigin(await models.WeightsHashAsync(cancellationToken).ConfigureAwait(false), TeamFingerprint.Of(models), _code)
            : null;
        var differences = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var results = new Trajectory[planned.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _options.MaxConcurrency, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, results.Length, parallel, async (i, token) =>
            results[i] = await FindOrRunAsync(planned[i], origin, differences, token).ConfigureAwait(false)).ConfigureAwait(false);
        foreach (var (what, count) in differences) LogDiffers(_logger, planned[0].Key.Stage, planned[0].Key.Step, count, what);
        return results;
    }

    private async Task<Trajectory> FindOrRunAsync(PlannedRollout<TTask> planned, RolloutOrigin? origin, ConcurrentDictionary<string, int> differences,
        CancellationToken cancellationToken)
    {
        var (key, id) = (planned.Key, planned.Id);
        if (_options.Store is { } store && origin is not null)
        {
            var stored = await store.FindAsync(id, cancellationToken).ConfigureAwait(false);
            if (stored is not null && origin.DifferencesTo(stored.Origin) is { Count: > 0 } different)
            {
                id = $"{id}-{CodeFingerprint.Digits(origin.ToString())[..8]}";
                stored = await store.FindAsync(id, cancellationToken).ConfigureAwait(false);
                if (stored is null) differences.AddOrUpdate(string.Join(", ", different), 1, (_, n) => n + 1);
            }

            // What the surroundings broke says nothing about this key, and they may have been mended since.
            var first = id;
            for (var again = 1; stored is not null && RolloutsFailedException.IsBroken(stored); again++)
            {
                id = string.Create(CultureInfo.InvariantCulture, $"{first}-again-{again}");
                stored = await store.FindAsync(id, cancellationToken).ConfigureAwait(false);
            }

            if (stored is not null) return stored;
        }

        var run = () => _rollout(planned.Task, key, cancellationToken);
        var trajectory = (planned.Steering is { } steering ? await steering.RunAsync(run).ConfigureAwait(false) : await run().ConfigureAwait(false)) with { Origin = origin };
        if (id != key.ToTrajectoryId()) trajectory = trajectory with { Id = id };
        if (_options.Store is null || trajectory.Status == TrajectoryStatus.Cancelled) return trajectory;
        if (!await _options.Store.AppendAsync(trajectory, cancellationToken).ConfigureAwait(false) && trajectory.Id != id)
            throw new AgentTeamsException($"The rollout of task '{key.Task}', sample {key.Sample}, returned a trajectory with the id '{trajectory.Id}', "
                + "which is stored already, so it would be lost. Run the team with the seed key that the rollout is given.");
        return trajectory;
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Stage '{Stage}', step {Step}: {Count} stored rollout(s) were made with other {What}; they are sampled anew.")]
    private static partial void LogDiffers(ILogger logger, string stage, int step, int count, string what);
}
