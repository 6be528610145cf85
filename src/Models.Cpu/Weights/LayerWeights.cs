namespace AgentTeams.Models;

/// <summary>The weights of one transformer layer.</summary>
internal sealed unsafe class LayerWeights
{
    private readonly ParameterSet _parameters;
    private readonly ParameterView _inputNorm;
    private readonly ParameterView _postNorm;
    private readonly ParameterView? _queryNorm;
    private readonly ParameterView? _keyNorm;

    public LayerWeights(ModelConfig config, ParameterSet parameters, int layer)
    {
        _parameters = parameters;
        var prefix = $"model.layers.{layer}.";
        Projections = [.. ProjectionLayout.All.Select(kind =>
        {
            var (outputs, inputs) = ProjectionLayout.Shape(config, kind);
            var weight = parameters.Add(prefix + ProjectionLayout.NameOf(kind) + ".weight", outputs, inputs);
            return new Projection(parameters, weight, ProjectionLayout.HasBias(config, kind) ? parameters.Add(prefix + ProjectionLayout.NameOf(kind) + ".bias", outputs) : null);
        })];
        _inputNorm = parameters.Add(prefix + "input_layernorm.weight", config.HiddenSize);
        _postNorm = parameters.Add(prefix + "post_attention_layernorm.weight", config.HiddenSize);
        if (!config.QueryKeyNorm) return;
        _queryNorm = parameters.Add(prefix + "self_attn.q_norm.weight", config.HeadSize);
        _keyNorm = parameters.Add(prefix + "self_attn.k_norm.weight", config.HeadSize);
    }

    public Projection[] Projections { get; }

    public Projection this[ProjectionKind kind] => Projections[(int)kind];

    public float* InputNorm => _parameters.Values + _inputNorm.Offset;

    public float* InputNormGradient => _parameters.Gradients + _inputNorm.Offset;

    public float* PostNorm => _parameters.Values + _postNorm.Offset;

    public float* PostNormGradient => _parameters.Gradients + _postNorm.Offset;

    /// <summary>Norms of each query and key head; only where the configuration has them.</summary>
    public float* QueryNorm => _parameters.Values + _queryNorm!.Offset;

    public float* QueryNormGradient => _parameters.Gradients + _queryNorm!.Offset;

    public float* KeyNorm => _parameters.Values + _keyNorm!.Offset;

    public float* KeyNormGradient => _parameters.Gradients + _keyNorm!.Offset;
}
