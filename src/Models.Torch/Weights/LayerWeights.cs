namespace AgentTeams.Models.Torch;

/// <summary>The weights of one transformer layer.</summary>
internal sealed class LayerWeights
{
    private readonly (Parameter Weight, Parameter? Bias)[] _projections;

    public LayerWeights(ModelConfig config, ParameterSet set, int layer)
    {
        var prefix = $"model.layers.{layer}.";
        _projections = [.. ProjectionLayout.All.Select(kind =>
        {
            var (outputs, inputs) = ProjectionLayout.Shape(config, kind);
            var name = prefix + ProjectionLayout.GetName(kind);
            return (set.Add(name + ".weight", outputs, inputs), ProjectionLayout.HasBias(config, kind) ? set.Add(name + ".bias", outputs) : null);
        })];
        InputNorm = set.Add(prefix + "input_layernorm.weight", config.HiddenSize);
        PostNorm = set.Add(prefix + "post_attention_layernorm.weight", config.HiddenSize);
        if (!config.QueryKeyNorm) return;
        QueryNorm = set.Add(prefix + "self_attn.q_norm.weight", config.HeadSize);
        KeyNorm = set.Add(prefix + "self_attn.k_norm.weight", config.HeadSize);
    }

    public Parameter InputNorm { get; }

    public Parameter PostNorm { get; }

    /// <summary>The norm of each query head; null for a family that has none.</summary>
    public Parameter? QueryNorm { get; }

    /// <summary>The norm of each key head; null for a family that has none.</summary>
    public Parameter? KeyNorm { get; }

    public (Parameter Weight, Parameter? Bias) this[ProjectionKind kind] => _projections[(int)kind];
}
