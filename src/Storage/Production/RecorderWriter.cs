using System.Threading.Channels;

namespace AgentTeams.Storage;

/// <summary>Writes what waits, in order and in batches, and tries again where the store fails. Nothing ends it but the end of the queue.</summary>
internal sealed class RecorderWriter : IAsyncDisposable
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);
    private readonly ITrajectoryStore _store;
    private readonly ChannelReader<QueuedRecord> _queue;
    private readonly RecorderOptions _options;
    private readonly RecorderTally _tally;
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _ended = new();

    public RecorderWriter(ITrajectoryStore store, ChannelReader<QueuedRecord> queue, RecorderOptions options, RecorderTally tally)
    {
        (_store, _queue, _options, _tally) = (store, queue, options, tally);

        // It outlives the request that happens to make it.
        using (ExecutionContext.IsFlowSuppressed() ? default(IDisposable?) : ExecutionContext.SuppressFlow()) Completion = Task.Run(WriteAllAsync);
    }

    public Task Completion { get; }

    /// <summary>Waits for the rest for as long as the options say, then drops it. The queue is complete by then.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        if (await EndsWithinAsync(_options.FlushTimeout).ConfigureAwait(false)) return;
        await _ended.CancelAsync().ConfigureAwait(false);
        while (_queue.TryRead(out var left)) _tally.Drop(DropReason.Closed, left.IsRecord ? 1 : 0);

        // A store that holds the thread is left to itself.
        await EndsWithinAsync(Grace).ConfigureAwait(false);
    }

    private async Task<bool> EndsWithinAsync(TimeSpan time)
    {
        try
        {
            await Completion.WaitAsync(time, _options.TimeProvider).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task WriteAllAsync()
    {
        var batch = new List<Trajectory>(_options.MaxBatch);
        while (await _queue.WaitToReadAsync().ConfigureAwait(false))
        {
            while (_queue.TryRead(out var record))
            {
                if (record.Make is { } make && Prepare(() => make().Redact(_options.Redactors)) is { } trajectory) batch.Add(trajectory);
                if (record.Then is null && batch.Count < _options.MaxBatch) continue;
                await AppendAsync(batch).ConfigureAwait(false);
                if (record.Then is { } then && Prepare(then) is { } write) await TryAsync(write, record.IsRecord ? 1 : 0).ConfigureAwait(false);
            }

            await AppendAsync(batch).ConfigureAwait(false);
        }
    }

    private T? Prepare<T>(Func<T> make)
        where T : class
    {
        try
        {
            return make();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _tally.Drop(DropReason.NotReadable, error: e);
            return null;
        }
    }

    private async Task AppendAsync(List<Trajectory> batch)
    {
        if (batch.Count == 0) return;
        Trajectory[] given = [.. batch];
        batch.Clear();
        var added = 0;
        if (!await TryAsync(async token => added = await _store.AppendAsync(given, token).ConfigureAwait(false), given.Length).ConfigureAwait(false)) return;
        _tally.Record(added);
        _tally.Drop(DropReason.DuplicateId, given.Length - added);
    }

    private async Task<bool> TryAsync(Func<CancellationToken, Task> write, int records)
    {
        for (var attempt = 0; ; attempt++)
        {
            // Read before: whoever closes wakes a delay, and the try after it is the last.
            var isLast = attempt >= _options.Retries || _closing.IsCancellationRequested;
            try
            {
                await write(_ended.Token).WaitAsync(_ended.Token).ConfigureAwait(false);
                return true;
            }
            catch (UnknownTrajectoryException e)
            {
                _tally.Drop(DropReason.UnknownTrajectory, records, e);
                return false;
            }
            catch (Exception e)
            {
                if (!_ended.IsCancellationRequested) _tally.StoreFails(e);
                if (isLast || _ended.IsCancellationRequested)
                {
                    _tally.Drop(_ended.IsCancellationRequested ? DropReason.Closed : DropReason.StoreFailed, records, e);
                    return false;
                }
            }

            await DelayAsync(attempt).ConfigureAwait(false);
        }
    }

    private async Task DelayAsync(int attempt)
    {
        try
        {
            var delay = TimeSpan.FromSeconds(Math.Min(LongestDelay.TotalSeconds, _options.RetryDelay.TotalSeconds * Math.Pow(2, attempt)));
            await Task.Delay(delay, _options.TimeProvider, _closing.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // What could wait no longer is tried once more.
        }
    }
}
