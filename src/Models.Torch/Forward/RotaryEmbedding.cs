namespace AgentTeams.Models.Torch;

/// <summary>
/// Rotary positions: the halves of each head are rotated by position · θ^(−2i/headSize) (Su et al. 2021, equation 15), with the
/// slowed frequencies of Llama 3.1 where the configuration asks for them.
/// </summary>
internal sealed class RotaryEmbedding : IDisposable
{
    private readonly ScalarType _type;
    private readonly Tensor _frequencies;

    public RotaryEmbedding(ModelConfig config, Device device, ScalarType type)
    {
        _type = type;
        using var scope = NewDisposeScope();
        float[] half = [.. Enumerable.Range(0, config.HeadSize / 2).Select(i => config.RotaryFrequency(i, isSliding: false))];
        // The first half turns the other way: what is negated there is the frequency, which the cosine does not mind.
        _frequencies = TensorData.Floats([.. half.Select(f => -f), .. half], device).DetachFromDisposeScope();
    }

    /// <summary>Cosines and sines of the angles of positions [sequences, tokens], for all heads: [sequences, 1, tokens, headSize].</summary>
    public Rotation At(Tensor positions)
    {
        var angles = positions.to(ScalarType.Float32).unsqueeze(-1) * _frequencies;
        return new(angles.cos().to(_type).unsqueeze(1), angles.sin().to(_type).unsqueeze(1));
    }

    public void Dispose() => _frequencies.Dispose();
}

/// <summary>The angles of the tokens of a batch.</summary>
internal sealed record Rotation(Tensor Cos, Tensor Sin)
{
    /// <summary>Rotates heads [sequences, heads, tokens, headSize].</summary>
    public Tensor Apply(Tensor x) => (x * Cos).addcmul_(x.roll(x.shape[^1] / 2, -1), Sin, 1);
}
