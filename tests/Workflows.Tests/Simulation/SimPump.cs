namespace AgentTeams.Tests.Simulation;

/// <summary>Lets the calls of one run go on one at a time, in an order that follows from a seed.</summary>
internal sealed class SimPump
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly Random _random;
    private readonly Lock _gate = new();
    private readonly List<TaskCompletionSource> _waiting = [];
    private readonly Dictionary<string, int> _calls = new(StringComparer.Ordinal);
    private TaskCompletionSource _arrived = NewSignal();
    private int _open;

    public SimPump(int seed)
    {
        _random = new(seed);
        Clock = new(Arrive);
    }

    public SimClock Clock { get; }

    /// <summary>Calls that began and have not ended.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>How often each node's work was called.</summary>
    public IReadOnlyDictionary<string, int> Calls => _calls;

    /// <summary>What a node does outside of the run.</summary>
    public async ValueTask<int> WorkAsync(SimWork work, SimState state, CancellationToken token)
    {
        Interlocked.Increment(ref _open);
        try
        {
            lock (_gate) _calls[work.Name] = _calls.GetValueOrDefault(work.Name) + 1;
            for (var i = 0; i < work.Yields; i++) await WaitAsync(isReleased: true, token);
            if (work.Hangs(state)) await WaitAsync(isReleased: false, token);
            return work.Fails(state) ? throw new InvalidOperationException($"<<{work.FaultKey(state)}>>") : work.Value(state);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>Releases calls until the run has ended.</summary>
    /// <param name="run">The run.</param>
    /// <param name="stop">Is cancelled after so many releases.</param>
    /// <param name="stopAfter">How many; null for never.</param>
    /// <returns>Whether it ended; else it hangs.</returns>
    public async Task<bool> DriveAsync(Task run, CancellationTokenSource stop, int? stopAfter)
    {
        for (var released = 0; !run.IsCompleted; released++)
        {
            if (released == stopAfter)
            {
                // Here, and not on another thread, so that one thing happens after the other.
#pragma warning disable CA1849
                stop.Cancel();
#pragma warning restore CA1849
                continue;
            }

            Task arrived;
            TaskCompletionSource? next = null;
            lock (_gate)
            {
                if (_waiting.Count > 0)
                {
                    var at = _random.Next(_waiting.Count);
                    next = _waiting[at];
                    _waiting.RemoveAt(at);
                }

                arrived = (_arrived = NewSignal()).Task;
            }

            if (next is not null) next.TrySetResult();
            else if (!Clock.TryAdvance() && await Task.WhenAny(run, arrived, Task.Delay(s_patience)) is var first && first != run && first != arrived) return false;
        }

        return true;
    }

    private async Task WaitAsync(bool isReleased, CancellationToken token)
    {
        var source = new TaskCompletionSource();
        using var registration = token.UnsafeRegister(static (s, t) => ((TaskCompletionSource)s!).TrySetCanceled(t), source);
        if (isReleased)
        {
            lock (_gate) _waiting.Add(source);
            Arrive();
        }

        try
        {
            await source.Task;
        }
        finally
        {
            lock (_gate) _waiting.Remove(source);
        }
    }

    private void Arrive()
    {
        TaskCompletionSource arrived;
        lock (_gate) arrived = _arrived;
        arrived.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
