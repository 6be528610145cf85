namespace AgentTeams.Models;

/// <summary>Names and shapes of the linear layers of a transformer layer, the same for every engine.</summary>
internal static class ProjectionLayout
{
    public static IReadOnlyList<ProjectionKind> All { get; } = Enum.GetValues<ProjectionKind>();

    public static string GetName(ProjectionKind kind) => kind switch
    {
        ProjectionKind.Query => "self_attn.q_proj",
        ProjectionKind.Key => "self_attn.k_proj",
        ProjectionKind.Value => "self_attn.v_proj",
        ProjectionKind.Output => "self_attn.o_proj",
        ProjectionKind.Gate => "mlp.gate_proj",
        ProjectionKind.Up => "mlp.up_proj",
        _ => "mlp.down_proj",
    };

    /// <summary>The tensors of a layer, each with the projections that lie in it, one behind the other.</summary>
    public static IReadOnlyList<IReadOnlyList<ProjectionKind>> Tensors(ModelConfig config) => config.Family.HasFusedProjections
        ? [[ProjectionKind.Query, ProjectionKind.Key, ProjectionKind.Value], [ProjectionKind.Output], [ProjectionKind.Gate, ProjectionKind.Up],
            [ProjectionKind.Down]]
        : [.. All.Select(k => (IReadOnlyList<ProjectionKind>)[k])];

    /// <summary>The name of the tensor that holds a projection, without its ending.</summary>
    public static string TensorPath(ModelConfig config, int layer, ProjectionKind kind) =>
        !config.Family.HasFusedProjections ? PathOf(layer, kind) : kind switch
    {
        ProjectionKind.Query or ProjectionKind.Key or ProjectionKind.Value => $"model.layers.{layer}.self_attn.qkv_proj",
        ProjectionKind.Gate or ProjectionKind.Up => $"model.layers.{layer}.mlp.gate_up_proj",
        _ => PathOf(layer, kind),
    };

    /// <summary>The projections that an adapter can target: those with a tensor of their own.</summary>
    public static IReadOnlyList<ProjectionKind> Adaptable(ModelConfig config) => [.. Tensors(config).Where(t => t.Count == 1).Select(t => t[0])];

    /// <summary>The name of a linear layer in the whole model.</summary>
    public static string PathOf(int layer, ProjectionKind kind) => $"model.layers.{layer}.{GetName(kind)}";

    /// <summary>The name by which adapters target a layer.</summary>
    public static string ModuleOf(ProjectionKind kind) => GetName(kind)[(GetName(kind).IndexOf('.', StringComparison.Ordinal) + 1)..];

    public static (int Outputs, int Inputs) Shape(ModelConfig config, ProjectionKind kind) => kind switch
    {
        ProjectionKind.Query => (config.Heads * config.HeadSize, config.HiddenSize),
        ProjectionKind.Key or ProjectionKind.Value => (config.KeyValueHeads * config.HeadSize, config.HiddenSize),
        ProjectionKind.Output => (config.HiddenSize, config.Heads * config.HeadSize),
        ProjectionKind.Down => (config.HiddenSize, config.IntermediateSize),
        _ => (config.IntermediateSize, config.HiddenSize),
    };

    public static bool HasBias(ModelConfig config, ProjectionKind kind) => kind switch
    {
        ProjectionKind.Query or ProjectionKind.Key or ProjectionKind.Value => config.QueryKeyValueBias,
        ProjectionKind.Output => config.OutputBias,
        _ => false,
    };
}
