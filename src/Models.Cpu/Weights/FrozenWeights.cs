namespace AgentTeams.Models;

/// <summary>Weights below frozen policies: the model's own until they are about to change, then one copy for all.</summary>
/// <param name="weights">The weights.</param>
/// <param name="newPass">Makes a pass over weights; one that shares no buffers with training.</param>
/// <param name="pool">Packs a copy.</param>
internal sealed class FrozenWeights(DecoderWeights weights, Func<DecoderWeights, TrainingPass> newPass, WorkerPool pool) : IFrozenWeights
{
    private readonly Lock _changing = new();
    private readonly HashSet<AdapterWeights> _packed = [];
    private TrainingPass? _pass;
    private DecoderWeights _weights = weights;

    /// <summary>The weights as they are now; others after <see cref="Detach"/>.</summary>
    public DecoderWeights Weights => _weights;

    public ITrainedParameters Parameters => _weights.Parameters;

    public void Detach()
    {
        var copy = _weights.Copy();
        copy.Packing.PackSampled(pool);
        lock (_changing) (_weights, _pass) = (copy, null);
    }

    public IReadOnlyList<TokenScores> Score(IReadOnlyList<TrainingRow> rows, PolicyParts parts, CancellationToken cancellationToken)
    {
        lock (_changing)
        {
            var own = EngineParts.Of(parts);
            if (own.Adapter is { } adapter && _packed.Add(adapter)) adapter.Packing.PackSampled(pool);
            return (_pass ??= newPass(_weights)).Score(rows, own, cancellationToken);
        }
    }

    public void Dispose() => _pass = null;
}
