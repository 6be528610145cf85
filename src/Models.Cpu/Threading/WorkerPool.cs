namespace AgentTeams.Models;

/// <summary>Work that is split into parts which may run at the same time.</summary>
internal interface IParallelWork
{
    void Execute(int part);
}

/// <summary>Work that several threads do together, in phases.</summary>
internal interface ITeamWork
{
    void Execute(RowTeam team);
}

/// <summary>
/// Runs the parts of one piece of work on the calling thread and a few others. Which thread runs a part never changes a result.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    private readonly SemaphoreSlim _start = new(0);
    private readonly Lock _gate = new();
    private readonly TeamBarrier _barrier = new();
    private readonly Thread[] _threads;
    private IParallelWork? _work;
    private ITeamWork? _team;
    private int _parts;
    private int _next;
    private int _busy;
    private Exception? _failure;
    private volatile bool _disposed;

    public WorkerPool(int threads)
    {
        Threads = Math.Max(1, threads);
        _threads = [.. Enumerable.Range(1, Threads - 1).Select(i => new Thread(Serve) { IsBackground = true, Name = $"AgentTeams worker {i}" })];
        foreach (var thread in _threads) thread.Start();
    }

    public static WorkerPool Shared { get; } = new(Environment.ProcessorCount);

    public int Threads { get; }

    /// <summary>Whether any thread of the pool still runs.</summary>
    public bool IsAlive => _threads.Any(t => t.IsAlive);

    /// <summary>How many equal parts of at most that many items leave no thread without work at the end; at least one for each thread.</summary>
    public static int EqualParts(int items, int itemsPerPart, int threads)
    {
        var parts = Math.Max(1, (items + itemsPerPart - 1) / itemsPerPart);
        return (parts + threads - 1) / threads * threads;
    }

    public void Run(IParallelWork work, int parts)
    {
        // Several models may compute at once; whoever finds the workers taken computes alone.
        if (parts == 1 || !TryTakeAll())
        {
            using var _ = WorkClock.Measure(WorkKind.Part);
            for (var part = 0; part < parts; part++) work.Execute(part);
            return;
        }

        Share(work, null, parts);
    }

    /// <summary>Runs one piece of work on all threads that are free, or on the calling one alone.</summary>
    public void RunTogether(ITeamWork work)
    {
        if (!TryTakeAll())
        {
            using var _ = WorkClock.Measure(WorkKind.Part);
            work.Execute(RowTeam.Alone);
            return;
        }

        _barrier.Reset(Threads);
        Share(null, work, Threads);
    }

    /// <summary>Ends the threads; whoever runs something afterwards computes alone.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            if (_threads.Length > 0) _start.Release(_threads.Length);
        }

        foreach (var thread in _threads) thread.Join();
    }

    private bool TryTakeAll()
    {
        if (Threads == 1 || !_gate.TryEnter()) return false;
        if (!_disposed) return true;
        _gate.Exit();
        return false;
    }

    private void Share(IParallelWork? work, ITeamWork? team, int parts)
    {
        try
        {
            var helpers = Math.Min(Threads - 1, parts - 1);
            (_work, _team, _parts, _failure) = (work, team, parts, null);
            Volatile.Write(ref _next, 0);
            Volatile.Write(ref _busy, helpers);
            _start.Release(helpers);
            TakeParts();
            var spinner = new BriefSpin();
            while (Volatile.Read(ref _busy) > 0) spinner.Once();
            if (_failure is { } failure) throw new AgentTeamsException($"A parallel computation failed: {failure.Message}", failure);
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void TakeParts()
    {
        using var _ = WorkClock.Measure(WorkKind.Part);
        try
        {
            int part;
            while ((part = Interlocked.Increment(ref _next) - 1) < _parts)
            {
                if (_team is null) _work!.Execute(part);
                else _team.Execute(new RowTeam(part, _parts, _barrier));
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _failure ??= e;
            _barrier.Break();
        }
    }

    private void Serve()
    {
        while (true)
        {
            // The next piece of work mostly follows at once, and a thread that sleeps is late for it.
            var spinner = new BriefSpin();
            while (_start.CurrentCount == 0 && !spinner.IsOver) spinner.Once();
            _start.Wait();
            if (_disposed) return;
            TakeParts();
            Interlocked.Decrement(ref _busy);
        }
    }
}
