using System.Text.Json.Nodes;

namespace AgentTeams.Models;

/// <summary>
/// Gemma 3, text (Gemma Team 2025). Of its layers, every <c>sliding_window_pattern</c>-th attends to everything and the others within a window, with a
/// rotary base of their own.
/// </summary>
internal static class Gemma3Family
{
    private const string Sliding = "sliding_attention";
    private const string Full = "full_attention";

    public static ModelFamily Descriptor { get; } = new()
    {
        Name = "gemma3_text",
        Architecture = "Gemma3ForCausalLM",
        HasQueryKeyNorm = true,
        HasUnitOffsetNorms = true,
        HasPostNorms = true,
        HasGeluGate = true,
        HasScaledEmbeddings = true,
        Supported = new Dictionary<string, string[]>
        {
            ["hidden_activation"] = ["gelu_pytorch_tanh"], ["use_bidirectional_attention"] = ["false"],
        },
        Settings = ["query_pre_attn_scalar", "sliding_window_pattern", "_sliding_window_pattern", "rope_local_base_freq", "cache_implementation"],
        Read = (reader, config) => config with
        {
            SlidingWindow = reader.Integer("sliding_window"),
            SlidingLayers = LayersOf(reader, config.Layers),
            LocalRopeTheta = reader.Number("rope_local_base_freq", 10_000),
            QueryPreAttentionScalar = reader.Number("query_pre_attn_scalar", 256),
            // The published default; every checkpoint ties them.
            TieWordEmbeddings = reader.Boolean("tie_word_embeddings", absent: true),
        },
        Write = (config, json) =>
        {
            json.Remove("hidden_act");
            json["hidden_activation"] = "gelu_pytorch_tanh";
            json["sliding_window"] = config.SlidingWindow;
            json["layer_types"] = new JsonArray([.. Enumerable.Range(0, config.Layers).Select(l => (JsonNode)(config.IsSliding(l) ? Sliding : Full))]);
            json["rope_local_base_freq"] = config.LocalRopeTheta;
            json["query_pre_attn_scalar"] = config.QueryPreAttentionScalar;
        },
    };

    private static bool[] LayersOf(ConfigReader reader, int layers)
    {
        if (!reader.Has("layer_types"))
        {
            var pattern = reader.Integer("sliding_window_pattern", reader.Integer("_sliding_window_pattern", 6));
            return [.. Enumerable.Range(1, layers).Select(l => l % Math.Max(1, pattern) != 0)];
        }

        var types = reader.Texts("layer_types");
        if (types.FirstOrDefault(t => t is not (Sliding or Full)) is { } other)
            throw new ModelFormatException($"'layer_types' in '{reader.Path}' holds '{other}'; supported are {Sliding} and {Full}.");
        return types.Length == layers
            ? [.. types.Select(t => t == Sliding)]
            : throw new ModelFormatException($"'layer_types' in '{reader.Path}' names {types.Length} layers; num_hidden_layers is {layers}.");
    }
}
