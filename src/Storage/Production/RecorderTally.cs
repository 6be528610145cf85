using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Storage;

/// <summary>Counts what a recorder stored and dropped, for its owner, for metrics and for the log. Safe for concurrent use; throws nothing.</summary>
internal sealed class RecorderTally : IDisposable
{
    private readonly long[] _dropped = new long[Enum.GetValues<DropReason>().Length];
    private readonly long[] _unsaid = new long[Enum.GetValues<DropReason>().Length];
    private readonly long[] _said = new long[Enum.GetValues<DropReason>().Length];
    private readonly RecorderOptions _options;
    private readonly ILogger _logger;
    private readonly Meter _meter;
    private readonly Counter<long> _recordedCounter;
    private readonly Counter<long> _droppedCounter;
    private readonly bool _ownsMeter;
    private long _recorded;
    private long _skipped;
    private bool _fails;

    public RecorderTally(RecorderOptions options)
    {
        _options = options;
        _logger = options.LoggerFactory.CreateLogger("AgentTeams.ProductionRecorder");
        _ownsMeter = options.MeterFactory is null;
        _meter = options.MeterFactory?.Create(new MeterOptions("AgentTeams.Recorder")) ?? new Meter("AgentTeams.Recorder");
        _recordedCounter = _meter.CreateCounter<long>("agentteams.recorder.recorded", "{trajectory}", "Trajectories that were stored.");
        _droppedCounter = _meter.CreateCounter<long>("agentteams.recorder.dropped", "{record}", "Records that were not stored, by reason.");
        Array.Fill(_said, long.MinValue);
    }

    public long Recorded => Interlocked.Read(ref _recorded);

    public long Skipped => Interlocked.Read(ref _skipped);

    public long Dropped(DropReason? reason) => reason is { } one ? Interlocked.Read(ref _dropped[(int)one])
        : _dropped.Index().Sum(d => Interlocked.Read(ref _dropped[d.Index]));

    public void Skip() => Interlocked.Increment(ref _skipped);

    public void Record(int count)
    {
        Interlocked.Add(ref _recorded, count);
        Quietly(() => _recordedCounter.Add(count));
        if (!_fails) return;
        _fails = false;
        Quietly(() => RecorderLog.StoreWorks(_logger));
    }

    /// <summary>Notes the first of several failures of the store. Called by the writer only.</summary>
    public void StoreFails(Exception error)
    {
        if (_fails) return;
        _fails = true;
        Quietly(() => RecorderLog.StoreFails(_logger, error));
    }

    public void Drop(DropReason reason, int count = 1, Exception? error = null)
    {
        if (count == 0) return;
        Interlocked.Add(ref _dropped[(int)reason], count);
        Interlocked.Add(ref _unsaid[(int)reason], count);
        Quietly(() => _droppedCounter.Add(count, new KeyValuePair<string, object?>("reason", reason.ToString())));
        if (!IsDue(reason)) return;

        // A logger may take its time, and it is not the caller's.
        ThreadPool.UnsafeQueueUserWorkItem(
            _ => Quietly(() => RecorderLog.Dropped(_logger, Interlocked.Exchange(ref _unsaid[(int)reason], 0), reason, error)), null);
    }

    public void Dispose()
    {
        if (_ownsMeter) _meter.Dispose();
    }

    private bool IsDue(DropReason reason)
    {
        var now = _options.TimeProvider.GetTimestamp();
        var last = Interlocked.Read(ref _said[(int)reason]);
        if (last != long.MinValue && _options.TimeProvider.GetElapsedTime(last, now) < _options.LogEvery) return false;
        return Interlocked.CompareExchange(ref _said[(int)reason], now, last) == last;
    }

    // Loggers and listeners of meters are the application's, and may fail.
    private static void Quietly(Action report)
    {
        try
        {
            report();
        }
        catch (Exception e) when (e is not OutOfMemoryException) { }
    }
}
