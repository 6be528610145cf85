namespace AgentTeams;

/// <summary>The weights of one transformer layer.</summary>
internal sealed unsafe class LayerWeights
{
    private readonly ParameterSet _parameters;
    private readonly ParameterView _inputNorm;
    private readonly ParameterView _postNorm;

    public LayerWeights(ModelConfig config, ParameterSet parameters, int layer)
    {
        _parameters = parameters;
        var prefix = $"model.layers.{layer}.";
        Projections = [.. Enum.GetValues<ProjectionKind>().Select(kind =>
        {
            var (outputs, inputs) = Shape(config, kind);
            return new Projection(parameters, parameters.Add(prefix + NameOf(kind) + ".weight", outputs, inputs));
        })];
        _inputNorm = parameters.Add(prefix + "input_layernorm.weight", config.HiddenSize);
        _postNorm = parameters.Add(prefix + "post_attention_layernorm.weight", config.HiddenSize);
    }

    public Projection[] Projections { get; }

    public Projection this[ProjectionKind kind] => Projections[(int)kind];

    public float* InputNorm => _parameters.Values + _inputNorm.Offset;

    public float* InputNormGradient => _parameters.Gradients + _inputNorm.Offset;

    public float* PostNorm => _parameters.Values + _postNorm.Offset;

    public float* PostNormGradient => _parameters.Gradients + _postNorm.Offset;

    public static string NameOf(ProjectionKind kind) => kind switch
    {
        ProjectionKind.Query => "self_attn.q_proj",
        ProjectionKind.Key => "self_attn.k_proj",
        ProjectionKind.Value => "self_attn.v_proj",
        ProjectionKind.Output => "self_attn.o_proj",
        ProjectionKind.Gate => "mlp.gate_proj",
        ProjectionKind.Up => "mlp.up_proj",
        _ => "mlp.down_proj",
    };

    public static (int Outputs, int Inputs) Shape(ModelConfig config, ProjectionKind kind) => kind switch
    {
        ProjectionKind.Query => (config.Heads * config.HeadSize, config.HiddenSize),
        ProjectionKind.Key or ProjectionKind.Value => (config.KeyValueHeads * config.HeadSize, config.HiddenSize),
        ProjectionKind.Output => (config.HiddenSize, config.Heads * config.HeadSize),
        ProjectionKind.Down => (config.HiddenSize, config.IntermediateSize),
        _ => (config.IntermediateSize, config.HiddenSize),
    };
}
