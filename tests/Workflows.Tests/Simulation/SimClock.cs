namespace AgentTeams.Tests.Simulation;

/// <summary>A clock that goes on only when it is told to, from one timer to the next.</summary>
/// <param name="armed">Is called when a timer begins to run.</param>
internal sealed class SimClock(Action armed) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<SimTimer> _timers = [];
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Goes on to the timer that is due first, if one runs.</summary>
    public bool TryAdvance()
    {
        SimTimer? first;
        lock (_gate)
        {
            first = _timers.MinBy(t => t.Due);
            if (first is null) return false;
            _timers.Remove(first);
            if (first.Due > _now) _now = first.Due;
        }

        first.Fire();
        return true;
    }

    private void Set(SimTimer timer, TimeSpan dueTime)
    {
        var isArmed = dueTime != Timeout.InfiniteTimeSpan;
        lock (_gate)
        {
            _timers.Remove(timer);
            if (isArmed)
            {
                timer.Due = _now + dueTime;
                _timers.Add(timer);
            }
        }

        if (isArmed) armed();
    }

    private sealed class SimTimer(SimClock clock, Action callback) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public void Fire() => callback();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock.Set(this, dueTime);
            return true;
        }

        public void Dispose() => clock.Set(this, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
