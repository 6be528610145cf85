using Microsoft.Extensions.Time.Testing;

namespace AgentTeams.Tests;

/// <summary>A clock that moves only when told to, and counts the timers that are set on it.</summary>
internal sealed class ManualTimeProvider() : FakeTimeProvider(DateTimeOffset.UnixEpoch)
{
    private int _timersSet;

    /// <summary>How often a timer was set.</summary>
    public int TimersSet => Volatile.Read(ref _timersSet);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Interlocked.Increment(ref _timersSet);
        return new CountedTimer(this, timer);
    }

    private sealed class CountedTimer(ManualTimeProvider clock, ITimer inner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var isChanged = inner.Change(dueTime, period);
            Interlocked.Increment(ref clock._timersSet);
            return isChanged;
        }

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
