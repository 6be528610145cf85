using System.Text.Json.Nodes;

namespace AgentTeams.Models;

/// <summary>Adapters in PEFT layout: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</summary>
internal static class AdapterFiles
{
    public const string WeightsFile = "adapter_model.safetensors";
    private const string ConfigFile = "adapter_config.json";
    private const string Merged = "nothing; this library does not apply it. Merge the adapter into its model with PEFT and load the merged folder";

    // Settings that change what is computed, with the values under which it is what this library computes, and what else to do.
    private static readonly (string Name, string[] Supported)[] s_fixed =
    [
        ("peft_type", ["LORA"]), ("task_type", ["CAUSAL_LM"]), ("bias", ["none"]), ("fan_in_fan_out", ["false"]), ("use_dora", ["false"]),
        ("use_qalora", ["false"]),
        ("lora_bias", ["false"]), ("init_lora_weights", ["true", "false", "gaussian", "eva", "orthogonal"]),
    ];

    private static readonly string[] s_unsupported =
    [
        "modules_to_save", "trainable_token_indices", "exclude_modules", "layers_to_transform", "layers_pattern", "layer_replication", "target_parameters",
        "alora_invocation_tokens", "megatron_config", "loftq_config", "corda_config", "lora_ga_config", "auto_mapping",
    ];

    // Read here, or said of where the adapter comes from and how it was trained. Dropout acts in training only, where there is none here.
    private static readonly string[] s_known =
    [
        "r", "lora_alpha", "use_rslora", "target_modules", "rank_pattern", "alpha_pattern", "lora_dropout", "base_model_name_or_path", "revision",
        "inference_mode",
        "peft_version", "megatron_core", "qalora_group_size", "eva_config", "ensure_weight_tying",
    ];

    public static void Save(LoraOptions options, IReadOnlyCollection<SafeTensorSource> tensors, string directory)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, ConfigFile), ToJson(options));
        SafeTensorsWriter.Write(Path.Combine(directory, WeightsFile), tensors);
    }

    /// <summary>The shape of an adapter; its weights are to be read from <see cref="WeightsFile"/>.</summary>
    /// <exception cref="ModelFormatException">The folder holds no LoRA configuration, or one that says what is not applied here.</exception>
    public static LoraOptions LoadOptions(string name, string directory)
    {
        var reader = ConfigReader.Load(Path.Combine(directory, ConfigFile), "LoRA configuration");
        foreach (var (key, supported) in s_fixed) reader.Expect(key, supported);
        foreach (var key in s_unsupported) reader.ExpectNothing(key, Merged);
        reader.ExpectKnown([.. s_known, .. s_fixed.Select(f => f.Name), .. s_unsupported]);
        var options = new LoraOptions
        {
            Rank = reader.Integer("r"),
            Alpha = reader.Double("lora_alpha"),
            RankStabilized = reader.Boolean("use_rslora"),
            TargetModules = Targets(reader),
            RankPattern = reader.Child("rank_pattern")?.Integers() ?? [],
            AlphaPattern = reader.Child("alpha_pattern")?.Doubles() ?? [],
        };
        options.Validate(name);
        return options;
    }

    /// <summary>Refuses a folder whose adapter is scaled or placed in another way, as its weights would mean something else.</summary>
    /// <exception cref="ModelFormatException">It is.</exception>
    public static void RequireSame(string name, LoraOptions own, string directory)
    {
        var stored = LoadOptions(name, directory);
        if (ToJson(Ordered(stored)) != ToJson(Ordered(own)))
            throw new ModelFormatException($"'{directory}' holds an adapter of another kind than '{name}': {ToJson(stored)} instead of {ToJson(own)}. Add "
                + "the adapter with the options that the folder names.");
    }

    // PEFT keeps its targets as a set and writes them in any order.
    private static LoraOptions Ordered(LoraOptions options) =>
        options with { TargetModules = [.. LoraOptions.AllModules.Where(options.TargetModules.Contains)] };

    /// <summary>The adapter's configuration as PEFT writes it.</summary>
    public static string ToJson(LoraOptions options) => new JsonObject
    {
        ["peft_type"] = "LORA",
        ["task_type"] = "CAUSAL_LM",
        ["r"] = options.Rank,
        ["lora_alpha"] = options.Alpha,
        ["use_rslora"] = options.RankStabilized,
        ["rank_pattern"] = new JsonObject(options.RankPattern.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
        ["alpha_pattern"] = new JsonObject(options.AlphaPattern.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
        ["target_modules"] = new JsonArray([.. options.TargetModules.Select(t => (JsonNode)t)]),
        ["lora_dropout"] = 0.0,
        ["bias"] = "none",
        ["fan_in_fan_out"] = false,
    }.ToJsonString();

    private static IReadOnlyList<string> Targets(ConfigReader reader)
    {
        if (!reader.IsText("target_modules")) return reader.Texts("target_modules");
        // Any other text is a regular expression to PEFT.
        reader.Expect("target_modules", "all-linear");
        return LoraOptions.AllModules;
    }
}
