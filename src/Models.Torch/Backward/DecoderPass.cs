namespace AgentTeams.Models.Torch;

/// <summary>
/// The layers over one micro-batch, forward and backward. With gradient checkpointing only the input of each layer is kept, and
/// the layer is computed again on the way back (Chen et al. 2016).
/// </summary>
/// <param name="decoder">The layers.</param>
/// <param name="adapter">The adapter, or null for the model's own weights.</param>
/// <param name="checkpointing">Whether layers are computed again.</param>
internal sealed class DecoderPass(Decoder decoder, AdapterWeights? adapter, bool checkpointing)
{
    private readonly List<Tensor> _inputs = [];
    private IReadOnlyList<AdapterRows> _adapters = [];
    private Rotation _rotation = null!;
    private Tensor _embedded = null!;
    private Tensor _output = null!;

    /// <summary>The residual stream behind the last layer; what the way back needs lives as long as the caller's scope.</summary>
    /// <param name="ids">[sequences, tokens], padded on the right.</param>
    /// <param name="positions">[1, tokens].</param>
    public Tensor Forward(Tensor ids, Tensor positions)
    {
        _adapters = adapter is null ? [] : [new AdapterRows(adapter, 0, (int)ids.shape[0])];
        _rotation = decoder.RotationAt(positions);
        var x = _embedded = decoder.Embed(ids);
        using var mode = enable_grad(is_grad_enabled() && !checkpointing);
        foreach (var layer in decoder.Layers)
        {
            _inputs.Add(x);
            x = layer.Forward(x, _rotation, CausalAttention.Instance, _adapters);
        }

        return _output = x;
    }

    /// <summary>Adds the gradients of the weights.</summary>
    /// <param name="gradient">d loss / d output.</param>
    public void Backward(Tensor gradient)
    {
        if (!checkpointing)
        {
            autograd.backward(_output, gradient);
            return;
        }

        for (var l = decoder.Layers.Count - 1; l >= 0; l--)
        {
            using var scope = NewDisposeScope();
            var input = _inputs[l].detach().requires_grad_();
            autograd.backward(decoder.Layers[l].Forward(input, _rotation, CausalAttention.Instance, _adapters), gradient);
            gradient = scope.MoveToOuter(input.grad!);
            input.grad = null;
        }

        if (_embedded.requires_grad) autograd.backward(_embedded, gradient);
    }
}
