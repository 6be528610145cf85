namespace AgentTeams.Models;

/// <summary>Renews the packed copies of projections, a projection a part.</summary>
internal sealed class Packing(IReadOnlyList<Projection> projections) : IParallelWork
{
    private readonly Lock _running = new();
    private Action<Projection> _pack = _ => { };

    /// <summary>After every change of the weights: what replies are sampled with.</summary>
    public void PackSampled(WorkerPool pool) => Run(pool, p => p.PackSampled());

    /// <summary>Before the forward pass of training; does nothing where the copies are up to date.</summary>
    public void PackForward(WorkerPool pool)
    {
        foreach (var projection in projections)
        {
            if (projection.IsForwardPacked) continue;
            Run(pool, p => p.PackForward());
            return;
        }
    }

    /// <summary>Before a backward pass; does nothing where the copies are up to date.</summary>
    public void PackBackward(WorkerPool pool) => Run(pool, p => p.PackBackward());

    public void Execute(int part)
    {
        using var _ = WorkClock.Measure(WorkKind.Packing);
        _pack(projections[part]);
    }

    private void Run(WorkerPool pool, Action<Projection> pack)
    {
        lock (_running)
        {
            _pack = pack;
            pool.Run(this, projections.Count);
        }
    }
}
