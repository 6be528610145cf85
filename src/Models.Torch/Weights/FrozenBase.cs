namespace AgentTeams.Models.Torch;

/// <summary>
/// The model's own weights below frozen copies of policies: the weights themselves until they are about to change, then one copy
/// for all. Where only adapters are trained, no copy is ever made.
/// </summary>
/// <param name="weights">The model's own weights.</param>
/// <param name="pass">Computes with them.</param>
/// <param name="newPass">Makes a pass over a copy.</param>
internal sealed class FrozenBase(DecoderWeights weights, TrainingPass pass, Func<DecoderWeights, TrainingPass> newPass) : IFrozenBase
{
    private DecoderWeights? _copy;
    private TrainingPass? _copyPass;

    /// <summary>Whether the weights are its own, to be disposed with it.</summary>
    public bool IsOwner { get; init; }

    public DecoderWeights Weights => _copy ?? weights;

    public TrainingPass Pass => _copyPass ?? pass;

    /// <inheritdoc/>
    public void Detach()
    {
        _copy = weights.Copy();
        _copyPass = newPass(_copy);
    }

    /// <summary>A policy over these weights; its parts are disposed with it.</summary>
    public ITokenScorer Over(PolicyParts parts) => new FrozenPolicy(this, parts);

    public void Dispose()
    {
        _copyPass?.Dispose();
        _copy?.Dispose();
        if (!IsOwner) return;
        pass.Dispose();
        weights.Dispose();
    }

    private sealed class FrozenPolicy(FrozenBase below, PolicyParts parts) : ITokenScorer
    {
        public IReadOnlyList<TokenScores> Evaluate(IReadOnlyList<TrainingRow> rows, CancellationToken cancellationToken = default) =>
            below.Pass.Score(rows, parts, cancellationToken);

        public void Dispose() => parts.Dispose();
    }
}
