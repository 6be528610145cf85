namespace AgentTeams.Models;

/// <summary>The tensors of a model under their GGUF names.</summary>
internal static class GgufTensors
{
    /// <summary>All tensors of a policy, in the order in which the engine keeps them.</summary>
    /// <param name="engine">Holds the weights.</param>
    /// <param name="adapter">What is merged into them, or null.</param>
    /// <param name="architecture">The layout.</param>
    /// <param name="type">How matrices are stored.</param>
    /// <param name="path">The file.</param>
    public static List<GgufTensor> Of(ILocalEngine engine, IAdapterWeights? adapter, GgufArchitecture architecture, GgufType type, string path)
    {
        var config = engine.Config;
        var names = Names(config);
        var updates = adapter is null ? [] : LowRankUpdate.Of(adapter, config, path);
        var tensors = new List<GgufTensor>();
        if (config.RopeScaling?.Bands is not null) tensors.Add(RotaryFactors(config));
        foreach (var source in engine.Weights.Export())
        {
            // The names say all that the architecture computes with; a tensor beyond them would be left out in silence.
            if (!names.TryGetValue(source.Name, out var name)) throw new AgentTeamsException($"The tensor '{source.Name}' has no name in a GGUF file of '{architecture.Name}'. Serve the Hugging Face folder, which SavePretrained writes.");
            tensors.Add(new(name, source.Shape.Count == 1 ? GgufType.F32 : GgufEncoding.Fitting(type, source.Shape[^1]), source)
            {
                Update = updates.GetValueOrDefault(source.Name),
                HeadRows = architecture.HasNeighbouringPairs && IsRotated(source.Name) ? config.HeadSize : 0,
            });
        }

        return tensors;
    }

    private static Dictionary<string, string> Names(ModelConfig config)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["model.embed_tokens.weight"] = "token_embd.weight", ["model.norm.weight"] = "output_norm.weight", ["lm_head.weight"] = "output.weight",
        };
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var (block, norms) = ($"blk.{layer}.", new LayerNames(config, layer));
            names[norms.InputNorm] = block + "attn_norm.weight";
            names[norms.MiddleNorm] = block + "ffn_norm.weight";
            names[norms.QueryNorm] = block + "attn_q_norm.weight";
            names[norms.KeyNorm] = block + "attn_k_norm.weight";
            foreach (var kind in ProjectionLayout.All)
            {
                foreach (var part in (string[])[".weight", ".bias"]) names[ProjectionLayout.PathOf(layer, kind) + part] = block + NameOf(kind) + part;
            }
        }

        return names;
    }

    private static string NameOf(ProjectionKind kind) => kind switch
    {
        ProjectionKind.Query => "attn_q",
        ProjectionKind.Key => "attn_k",
        ProjectionKind.Value => "attn_v",
        ProjectionKind.Output => "attn_output",
        ProjectionKind.Gate => "ffn_gate",
        ProjectionKind.Up => "ffn_up",
        _ => "ffn_down",
    };

    private static bool IsRotated(string name) =>
        name.Contains(ProjectionLayout.GetName(ProjectionKind.Query), StringComparison.Ordinal) || name.Contains(ProjectionLayout.GetName(ProjectionKind.Key), StringComparison.Ordinal);

    // llama.cpp divides each frequency by its factor.
    private static GgufTensor RotaryFactors(ModelConfig config)
    {
        var plain = config with { RopeScaling = null };
        float[] factors = [.. Enumerable.Range(0, config.RotatedSize / 2).Select(i => plain.RotaryFrequency(i, isSliding: false) / config.RotaryFrequency(i, isSliding: false))];
        return new("rope_freqs.weight", GgufType.F32, SafeTensorSource.Of("rope_freqs.weight", [factors.Length], factors));
    }
}
