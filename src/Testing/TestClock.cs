using Microsoft.Extensions.Time.Testing;

namespace AgentTeams.Testing;

/// <summary>
/// A clock that stands still until <see cref="FakeTimeProvider.Advance"/>, and tells when somebody waits on it: a test lets a retry or a time-out happen without any real waiting.
/// </summary>
/// <example>
/// <code>
/// var running = workflow.RunAsync(state, runtime, new() { TimeProvider = clock });
/// await clock.TimersAsync(1);
/// clock.Advance(TimeSpan.FromMinutes(1));
/// </code>
/// </example>
public sealed class TestClock : FakeTimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private int _timersSet;

    /// <summary>Creates one that shows the beginning of 1970.</summary>
    public TestClock()
        : base(DateTimeOffset.UnixEpoch)
    {
    }

    /// <summary>How often a timer was set.</summary>
    public int TimersSet
    {
        get
        {
            lock (_lock) return _timersSet;
        }
    }

    /// <summary>Completes when timers were set so often since the clock was made.</summary>
    /// <param name="count">How often.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task TimersAsync(int count, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_timersSet >= count) return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, reached));
            return reached.Task.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Count();
        return new CountedTimer(this, timer);
    }

    private void Count()
    {
        lock (_lock)
        {
            _timersSet++;
            foreach (var (_, reached) in _waiting.Where(w => w.Count <= _timersSet)) reached.SetResult();
            _waiting.RemoveAll(w => w.Count <= _timersSet);
        }
    }

    private sealed class CountedTimer(TestClock clock, ITimer inner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var isChanged = inner.Change(dueTime, period);
            clock.Count();
            return isChanged;
        }

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
