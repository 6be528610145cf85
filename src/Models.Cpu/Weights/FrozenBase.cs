namespace AgentTeams.Models;

/// <summary>
/// The model's own weights below frozen copies of policies: the weights themselves until they are about to change, then one copy
/// for all. Where only adapters are trained, no copy is ever made.
/// </summary>
/// <param name="weights">The weights.</param>
/// <param name="newPass">Makes a pass over weights; one that shares no buffers with training.</param>
/// <param name="pool">Packs a copy.</param>
internal sealed class FrozenBase(TransformerWeights weights, Func<TransformerWeights, TrainingPass> newPass, WorkerPool pool) : IFrozenBase
{
    private readonly Lock _changing = new();
    private TrainingPass? _pass;
    private TransformerWeights _weights = weights;

    public void Detach()
    {
        var copy = _weights.Copy();
        copy.Packing.PackForward(pool);
        lock (_changing) (_weights, _pass) = (copy, null);
    }

    /// <summary>A policy over these weights.</summary>
    public ITokenScorer Over(PolicyParts parts) => new FrozenPolicy(this, parts);

    public void Dispose() => _pass = null;

    private IReadOnlyList<TokenScores> Score(IReadOnlyList<TrainingRow> rows, PolicyParts parts, CancellationToken cancellationToken)
    {
        lock (_changing) return (_pass ??= newPass(_weights)).Score(rows, parts, cancellationToken);
    }

    private sealed class FrozenPolicy(FrozenBase below, PolicyParts parts) : ITokenScorer
    {
        public IReadOnlyList<TokenScores> Evaluate(IReadOnlyList<TrainingRow> rows, CancellationToken cancellationToken = default) =>
            below.Score(rows, parts, cancellationToken);

        public void Dispose()
        {
        }
    }
}
