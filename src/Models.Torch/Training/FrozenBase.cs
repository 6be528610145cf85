namespace AgentTeams.Models.Torch;

/// <summary>
/// The model's own weights below frozen copies of policies: the weights themselves until they are about to change, then one copy
/// for all. Where only adapters are trained, no copy is ever made.
/// </summary>
/// <param name="weights">The model's own weights.</param>
/// <param name="pass">Computes with them.</param>
/// <param name="newPass">Makes a pass over a copy.</param>
internal sealed class FrozenBase(DecoderWeights weights, TrainingPass pass, Func<DecoderWeights, TrainingPass> newPass) : IDisposable
{
    private DecoderWeights? _copy;
    private TrainingPass? _copyPass;

    public DecoderWeights Weights => _copy ?? weights;

    public TrainingPass Pass => _copyPass ?? pass;

    /// <summary>Keeps the weights as they are.</summary>
    public void Detach()
    {
        _copy = weights.Copy();
        _copyPass = newPass(_copy);
    }

    public void Dispose()
    {
        _copyPass?.Dispose();
        _copy?.Dispose();
    }
}
