using System.Text.Json.Nodes;

namespace AgentTeams.Models;

/// <summary>
/// A published family of decoder-only transformers: what its members compute differently from Llama, and how their <c>config.json</c> says so.
/// A family is one file in <c>Families</c> and a line here; what it needs of an engine that no other family has is a kernel there.
/// </summary>
public sealed class ModelFamily
{
    private static readonly List<ModelFamily> s_all = [];

    internal ModelFamily() { }

    /// <summary>Llama 2 and 3, and what shares their layout (SmolLM, TinyLlama).</summary>
    public static ModelFamily Llama { get; } = Register(LlamaFamily.Descriptor);

    /// <summary>Qwen2 and Qwen2.5: queries, keys and values have a bias.</summary>
    public static ModelFamily Qwen2 { get; } = Register(Qwen2Family.Descriptor);

    /// <summary>Qwen3: queries and keys are normalised head by head.</summary>
    public static ModelFamily Qwen3 { get; } = Register(Qwen3Family.Descriptor);

    /// <summary>Mistral: attention within a window, or over everything.</summary>
    public static ModelFamily Mistral { get; } = Register(MistralFamily.Descriptor);

    /// <summary>Phi-3 and Phi-3.5 mini, Phi-4: fused projections, and heads that rotate in part.</summary>
    public static ModelFamily Phi3 { get; } = Register(Phi3Family.Descriptor);

    /// <summary>
    /// The text models of Gemma 3: a norm behind each block too, and layers that attend within a window between some that attend to everything.
    /// </summary>
    public static ModelFamily Gemma3 { get; } = Register(Gemma3Family.Descriptor);

    /// <summary>All families.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } = s_all.AsReadOnly();

    /// <summary>The family's name, <c>model_type</c> in a <c>config.json</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The class that Python loads, in <c>architectures</c>.</summary>
    internal string Architecture { get; init; } = "";

    /// <summary>Whether queries, keys and values have a bias whatever the configuration says, and the output has none.</summary>
    internal bool HasQueryKeyValueBias { get; init; }

    /// <summary>Whether queries and keys are normalised head by head.</summary>
    internal bool HasQueryKeyNorm { get; init; }

    /// <summary>Whether norms multiply by 1 + weight, so that a weight of 0 leaves values as they are.</summary>
    internal bool HasUnitOffsetNorms { get; init; }

    /// <summary>Whether the results of attention and of the feed-forward layer are normalised before they join the residual stream.</summary>
    internal bool HasPostNorms { get; init; }

    /// <summary>Whether the feed-forward layer's gate is GELU by its tanh form, in place of SiLU.</summary>
    internal bool HasGeluGate { get; init; }

    /// <summary>Whether embeddings are multiplied by the root of their width.</summary>
    internal bool HasScaledEmbeddings { get; init; }

    /// <summary>Whether queries, keys and values are one tensor, and gate and up another.</summary>
    internal bool HasFusedProjections { get; init; }

    /// <summary>Its layout in GGUF files; null where none is known.</summary>
    internal GgufArchitecture? Gguf { get; init; }

    /// <summary>Settings with other supported values than elsewhere, or further ones, by name.</summary>
    internal IReadOnlyDictionary<string, string[]> Supported { get; init; } = new Dictionary<string, string[]>();

    /// <summary>Further settings, which <see cref="Read"/> reads or which change nothing.</summary>
    internal IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Reads the family's own settings into a configuration.</summary>
    internal Func<ConfigReader, ModelConfig, ModelConfig> Read { get; init; } = (reader, config) =>
    {
        reader.ExpectAll("layer_types", "full_attention");
        return config;
    };

    /// <summary>Writes the family's own settings.</summary>
    internal Action<ModelConfig, JsonObject> Write { get; init; } = (_, _) => { };

    /// <summary>The family of a name.</summary>
    /// <param name="name">The <c>model_type</c>.</param>
    /// <param name="source">Where it stands, for the error.</param>
    /// <exception cref="ModelFormatException">There is none.</exception>
    internal static ModelFamily Named(string name, string source) => s_all.Find(f => f.Name == name)
        ?? throw new ModelFormatException($"'model_type' in '{source}' is '{name}'; supported are {string.Join(", ", s_all.Select(f => f.Name))}.");

    /// <summary>The family's name.</summary>
    public override string ToString() => Name;

    private static ModelFamily Register(ModelFamily family)
    {
        s_all.Add(family);
        return family;
    }
}
