namespace AgentTeams.Models.Torch;

/// <summary>Weights below frozen policies: the model's own until they are about to change, then one copy for all.</summary>
/// <param name="weights">The weights.</param>
/// <param name="pass">Computes with them.</param>
/// <param name="newPass">Makes a pass over a copy.</param>
internal sealed class FrozenWeights(DecoderWeights weights, TrainingPass pass, Func<DecoderWeights, TrainingPass> newPass) : IFrozenWeights
{
    private DecoderWeights? _copy;
    private TrainingPass? _copyPass;

    /// <summary>Whether the weights are its own, to be disposed with it.</summary>
    public bool IsOwner { get; init; }

    /// <summary>The weights as they are now; others after <see cref="Detach"/>.</summary>
    public DecoderWeights Weights => _copy ?? weights;

    public ITrainedParameters Parameters => Weights.Parameters;

    public void Detach()
    {
        _copy = weights.Copy();
        _copyPass = newPass(_copy);
    }

    public IReadOnlyList<TokenScores> Score(IReadOnlyList<TrainingRow> rows, PolicyParts parts, CancellationToken cancellationToken) =>
        (_copyPass ?? pass).Score(rows, EngineParts.Of(parts), cancellationToken);

    public void Dispose()
    {
        _copyPass?.Dispose();
        _copy?.Dispose();
        if (!IsOwner) return;
        pass.Dispose();
        weights.Dispose();
    }
}
