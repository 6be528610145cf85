namespace AgentTeams.Models.Torch;

/// <summary>The transformer over its weights.</summary>
internal sealed class Decoder : IDisposable
{
    private readonly DecoderWeights _weights;
    private readonly RotaryEmbedding _rotary;

    public Decoder(DecoderWeights weights)
    {
        _weights = weights;
        _rotary = new RotaryEmbedding(weights.Config, weights.Device, weights.Parameters.Type);
        Layers = [.. weights.Layers.Select((w, l) => new DecoderLayer(weights.Config, w, l))];
    }

    public IReadOnlyList<DecoderLayer> Layers { get; }

    /// <summary>The residual stream before the first layer.</summary>
    /// <param name="ids">[sequences, tokens].</param>
    public Tensor Embed(Tensor ids) => _weights.Embedding.Value.index_select(0, ids.view(-1)).view(ids.shape[0], ids.shape[1], -1);

    /// <param name="positions">[sequences, tokens].</param>
    public Rotation RotationAt(Tensor positions) => _rotary.At(positions);

    /// <summary>All layers, none of whose inner values is kept.</summary>
    public Tensor Forward(Tensor ids, Tensor positions, IAttention attention, IReadOnlyList<AdapterRows> adapters)
    {
        using var scope = NewDisposeScope();
        var rotation = RotationAt(positions);
        var x = Embed(ids);
        foreach (var layer in Layers)
        {
            var next = layer.Forward(x, rotation, attention, adapters);
            x.Dispose();
            x = next;
        }

        return scope.MoveToOuter(x);
    }

    /// <summary>The final norm; what output head and value head read.</summary>
    public Tensor Normalize(Tensor x) => RmsNorm.Apply(x, _weights.FinalNorm, _weights.Config.RmsNormEpsilon);

    /// <summary>The logits of normalised hidden states, in float32.</summary>
    public Tensor Logits(Tensor normed) => nn.functional.linear(normed, _weights.Head.Value).to(ScalarType.Float32);

    public void Dispose() => _rotary.Dispose();
}
