using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace AgentTeams.Storage;

/// <summary>
/// Keeps the runs of an application in a store without ever slowing or failing them: what is recorded waits in memory, is redacted and written in the
/// background, and is dropped where too much waits or the store stays broken. It is a store itself, so that whatever writes into one can write into it;
/// reading waits for what was recorded before. Safe for concurrent use. The store stays the caller's.
/// </summary>
/// <example>
/// <code>
/// using var store = new SqliteTrajectoryStore("production.db");
/// await using var recorder = new ProductionRecorder(store, new() { SamplingRate = 0.1 });
/// var run = await workflow.RecordAsync(state, runtime, new() { Seed = new SeedKey(1, "production", Task: requestId) });
/// recorder.Record(run.Trajectory);
/// </code>
/// </example>
public sealed class ProductionRecorder : ITrajectoryStore, IAsyncDisposable
{
    private readonly ITrajectoryStore _store;
    private readonly RecorderOptions _options;
    private readonly RecorderTally _tally;
    private readonly Channel<QueuedRecord> _queue;
    private readonly RecorderWriter _writer;
    private volatile bool _isClosed;

    /// <summary>Begins to record into a store.</summary>
    /// <param name="store">Where to; it is not disposed.</param>
    /// <param name="options">What is kept and how; every value has a default.</param>
    /// <exception cref="AgentTeamsException">Options are out of range; all are named.</exception>
    public ProductionRecorder(ITrajectoryStore store, RecorderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        options ??= new();
        OptionChecks.Validate(options);
        (_store, _options, _tally) = (store, options, new(options));
        _queue = Channel.CreateBounded<QueuedRecord>(new BoundedChannelOptions(options.Capacity));
        _writer = new(store, _queue.Reader, options, _tally);
    }

    /// <summary>How many trajectories were stored.</summary>
    public long RecordedCount => _tally.Recorded;

    /// <summary>How many runs were not chosen by <see cref="RecorderOptions.SamplingRate"/>.</summary>
    public long NotSampledCount => _tally.Skipped;

    internal TimeProvider TimeProvider => _options.TimeProvider;

    /// <summary>How many records were dropped.</summary>
    /// <param name="reason">For which reason; null, the default, for any.</param>
    public long GetDroppedCount(DropReason? reason = null) => _tally.Dropped(reason);

    /// <summary>Whether the run with an id is one of those that are recorded; the same in every process with the same rate.</summary>
    public bool IsSampled(string trajectoryId)
    {
        ArgumentNullException.ThrowIfNull(trajectoryId);
        if (_options.SamplingRate is 0 or 1) return _options.SamplingRate > 0;
        return new SeedKey(0, "recorder", Task: trajectoryId).ToSeed() < _options.SamplingRate * long.MaxValue;
    }

    /// <summary>Takes a trajectory to be stored, and returns at once. Nothing that befalls it later is thrown; what is dropped is counted and logged.</summary>
    /// <returns>Whether it was taken: false when it is not among those that are sampled, or was dropped.</returns>
    public bool Record(Trajectory trajectory)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        if (IsSampled(trajectory.Id)) return TakeSampled(() => trajectory);
        Skip();
        return false;
    }

    /// <summary>
    /// Takes rewards for a trajectory that was recorded here before, for example what a user thought of an answer, and returns at once. They are written behind
    /// the trajectory, as <see cref="TrajectoryFeedback.AddRewardsAsync"/> writes them.
    /// </summary>
    /// <param name="trajectoryId">The trajectory; one that was not sampled is passed over.</param>
    /// <param name="rewards">The rewards.</param>
    /// <returns>Whether they were taken.</returns>
    public bool AddRewards(string trajectoryId, params IReadOnlyList<Reward> rewards)
    {
        ArgumentNullException.ThrowIfNull(rewards);
        if (!IsSampled(trajectoryId)) return false;
        return Take(new(null, () =>
        {
            var safe = RewardRedaction.Redact(trajectoryId, rewards, _options.Redactors);
            return token => _store.AddRewardsAsync(trajectoryId, safe, token);
        }));
    }

    /// <summary>Waits until everything that was recorded before is stored or dropped.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task FlushAsync(CancellationToken cancellationToken = default)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _queue.Writer.WriteAsync(new(null, () => Reach) { IsRecord = false }, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            return;
        }

        await Task.WhenAny(reached.Task, _writer.Completion).WaitAsync(cancellationToken).ConfigureAwait(false);

        Task Reach(CancellationToken _)
        {
            reached.TrySetResult();
            return Task.CompletedTask;
        }
    }

    /// <summary>
    /// As <see cref="Record"/>: returns at once, and true when the trajectory was taken. The token is not looked at, as cancelled runs are records too.
    /// </summary>
    /// <inheritdoc/>
    public Task<bool> AppendAsync(Trajectory trajectory, CancellationToken cancellationToken = default) => Task.FromResult(Record(trajectory));

    /// <summary>As <see cref="Record"/> for each; returns at once how many were taken.</summary>
    /// <inheritdoc/>
    public Task<int> AppendAsync(IReadOnlyList<Trajectory> trajectories, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectories);
        return Task.FromResult(trajectories.Count(Record));
    }

    /// <summary>Takes the rewards, to replace those that are stored, and returns at once.</summary>
    /// <inheritdoc/>
    public Task SetRewardsAsync(IReadOnlyList<Trajectory> scored, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(scored);
        Take(new(null, () =>
        {
            Trajectory[] safe = [.. scored.Select(t => t with { Rewards = RewardRedaction.Redact(t.Id, t.Rewards, _options.Redactors) })];
            return token => _store.SetRewardsAsync(safe, token);
        }));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<Trajectory?> FindAsync(string id, CancellationToken cancellationToken = default)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        return await _store.FindAsync(id, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Trajectory> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var trajectory in _store.ReadAllAsync(cancellationToken).ConfigureAwait(false)) yield return trajectory;
    }

    /// <summary>Stores what waits, for at most <see cref="RecorderOptions.FlushTimeout"/>; what is left then is dropped. Nothing is thrown.</summary>
    public async ValueTask DisposeAsync()
    {
        _isClosed = true;
        _queue.Writer.TryComplete();
        await _writer.DisposeAsync().ConfigureAwait(false);
        _tally.Dispose();
    }

    /// <summary>An id for a call that has none.</summary>
    internal string NewId() => _options.NewId?.Invoke() ?? Guid.CreateVersion7(_options.TimeProvider.GetUtcNow()).ToString("N");

    internal void Drop(DropReason reason, Exception error) => _tally.Drop(reason, error: error);

    /// <summary>Adds rewards and waits for it, behind everything that was recorded before.</summary>
    internal async Task AddRewardsNowAsync(string trajectoryId, IReadOnlyList<Reward> rewards, CancellationToken cancellationToken)
    {
        var safe = RewardRedaction.Redact(trajectoryId, rewards, _options.Redactors);
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        await _store.AddRewardsAsync(trajectoryId, safe, cancellationToken).ConfigureAwait(false);
    }

    internal void Skip() => _tally.Skip();

    /// <summary>Takes a trajectory that is made in the background.</summary>
    internal bool TakeSampled(Func<Trajectory> make) => Take(new(make));

    private bool Take(QueuedRecord record)
    {
        if (_queue.Writer.TryWrite(record)) return true;
        _tally.Drop(_isClosed ? DropReason.Closed : DropReason.QueueFull);
        return false;
    }
}
