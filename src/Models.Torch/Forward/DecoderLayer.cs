namespace AgentTeams.Models.Torch;

/// <summary>One transformer layer: attention and a gated feed-forward network (Shazeer 2020), each added to the residual stream.</summary>
internal sealed class DecoderLayer(ModelConfig config, LayerWeights weights, int layer)
{
    private readonly LinearLayer[] _linear = [.. ProjectionLayout.All.Select(kind => new LinearLayer(weights, layer, kind))];

    /// <param name="x">The residual stream [sequences, tokens, hidden].</param>
    /// <param name="rotation">The angles of the tokens.</param>
    /// <param name="attention">What they attend to.</param>
    /// <param name="adapters">The adapters of the sequences.</param>
    /// <returns>The residual stream behind the layer; everything else that was computed is released, unless autograd keeps it.</returns>
    public Tensor Forward(Tensor x, Rotation rotation, IAttention attention, IReadOnlyList<AdapterRows> adapters)
    {
        using var scope = NewDisposeScope();
        var normed = RmsNorm.Apply(x, weights.InputNorm, config.RmsNormEpsilon);
        var queries = rotation.Apply(Normed(Heads(ProjectionKind.Query, config.Heads), weights.QueryNorm));
        var keys = rotation.Apply(Normed(Heads(ProjectionKind.Key, config.KeyValueHeads), weights.KeyNorm));
        var attended = attention.Attend(layer, queries, keys, Heads(ProjectionKind.Value, config.KeyValueHeads));
        var residual = x + Linear(ProjectionKind.Output, attended.transpose(1, 2).reshape(x.shape[0], x.shape[1], (long)config.Heads * config.HeadSize));

        normed = RmsNorm.Apply(residual, weights.PostNorm, config.RmsNormEpsilon);
        var gated = nn.functional.silu(Linear(ProjectionKind.Gate, normed)) * Linear(ProjectionKind.Up, normed);
        return scope.MoveToOuter(residual + Linear(ProjectionKind.Down, gated));

        Tensor Linear(ProjectionKind kind, Tensor input) => _linear[(int)kind].Forward(input, adapters);

        Tensor Heads(ProjectionKind kind, int count) => Linear(kind, normed).view(x.shape[0], x.shape[1], count, config.HeadSize).transpose(1, 2);

        Tensor Normed(Tensor heads, Parameter? norm) => norm is null ? heads : RmsNorm.Apply(heads, norm, config.RmsNormEpsilon);
    }
}
