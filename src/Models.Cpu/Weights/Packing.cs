namespace AgentTeams.Models;

/// <summary>Renews the packed copies of projections, a projection a part.</summary>
internal sealed class Packing(IReadOnlyList<Projection> projections) : IParallelWork
{
    private bool _backward;

    /// <summary>After every change of the weights.</summary>
    public void PackForward(WorkerPool pool) => Run(pool, backward: false);

    /// <summary>Before a backward pass; does nothing where the copies are up to date.</summary>
    public void PackBackward(WorkerPool pool) => Run(pool, backward: true);

    public void Execute(int part)
    {
        if (_backward) projections[part].PackBackward();
        else projections[part].PackForward();
    }

    private void Run(WorkerPool pool, bool backward)
    {
        _backward = backward;
        pool.Run(this, projections.Count);
    }
}
