using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Models;

/// <summary>The Hugging Face <c>config.json</c> form of a <see cref="ModelConfig"/>.</summary>
internal static class ModelConfigFile
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    // Settings that change what is computed, with the values under which it is what this library computes.
    private static readonly (string Name, string[] Supported)[] s_fixed =
    [
        ("mlp_bias", ["false"]), ("use_sliding_window", ["false"]), ("quantization_config", []), ("pretraining_tp", ["1"]),
        ("partial_rotary_factor", ["1", "1.0"]), ("attention_dropout", ["0", "0.0"]), ("attn_logit_softcapping", []), ("final_logit_softcapping", []),
        ("num_experts", []), ("num_local_experts", []), ("rope_interleaved", ["false"]), ("no_rope_layers", []), ("is_encoder_decoder", ["false"]),
        ("embedding_multiplier", []), ("logits_scaling", []), ("residual_multiplier", []), ("attention_multiplier", []), ("auto_map", []),
    ];

    // Read here.
    private static readonly string[] s_read =
    [
        "model_type", "architectures", "layer_types", "num_attention_heads", "rope_parameters", "rope_scaling", "eos_token_id", "vocab_size", "hidden_size",
        "intermediate_size", "num_hidden_layers", "num_key_value_heads", "head_dim", "max_position_embeddings", "rms_norm_eps", "rope_theta", "attention_bias",
        "tie_word_embeddings", "agentteams_chat_template",
    ];

    // What changes nothing that is computed here: where a model comes from, how it starts before training, how Python is to run it, and
    // the window of attention where 'use_sliding_window' says that it is not used.
    private static readonly string[] s_indifferent =
    [
        "bos_token_id", "pad_token_id", "unk_token_id", "sep_token_id", "torch_dtype", "dtype", "transformers_version", "_name_or_path", "initializer_range",
        "use_cache", "max_window_layers", "sliding_window", "is_llama_config", "transformers.js_config", "unsloth_fixed", "unsloth_version",
        "_attn_implementation_autoset", "_attn_implementation", "attn_implementation", "_commit_hash", "keys_to_ignore_at_inference", "torchscript",
        "return_dict",
        "task_specific_params", "id2label", "label2id", "chunk_size_feed_forward", "finetuning_task", "do_sample", "temperature", "top_p", "top_k",
        "repetition_penalty", "max_length", "max_new_tokens",
    ];

    public static ModelConfig Load(string path) => Read(ConfigReader.Load(path, "model configuration"), path);

    /// <summary>The text of the file.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="type">The element type that Python reads the weights as, by PyTorch's name.</param>
    public static string ToJson(ModelConfig config, string type = "float32")
    {
        var root = new JsonObject
        {
            ["model_type"] = config.Family.Name,
            ["architectures"] = new JsonArray(config.Family.Architecture),
            ["hidden_size"] = config.HiddenSize,
            ["intermediate_size"] = config.IntermediateSize,
            ["num_hidden_layers"] = config.Layers,
            ["num_attention_heads"] = config.Heads,
            ["num_key_value_heads"] = config.KeyValueHeads,
            ["head_dim"] = config.HeadSize,
            ["vocab_size"] = config.VocabularySize,
            ["rms_norm_eps"] = config.RmsNormEpsilon,
            ["rope_theta"] = config.RopeTheta,
            ["attention_bias"] = config.AttentionBias,
            ["tie_word_embeddings"] = config.TieWordEmbeddings,
            ["max_position_embeddings"] = config.MaxPositions,
            ["hidden_act"] = ModelConfig.GateOf(config.Family),
            ["torch_dtype"] = type,
            ["eos_token_id"] = config.AdditionalEndOfSequenceIds.Count == 0
                ? config.EndOfSequenceId
                : new JsonArray([config.EndOfSequenceId, .. config.AdditionalEndOfSequenceIds.Select(i => (JsonNode)i)]),
        };
        if (config.RopeScaling is { } scaling)
        {
            root["rope_scaling"] = scaling.Bands is not { } bands
                ? new JsonObject { ["rope_type"] = "linear", ["factor"] = scaling.Factor }
                : new JsonObject
                {
                    ["rope_type"] = "llama3", ["factor"] = scaling.Factor, ["low_freq_factor"] = bands.LowFrequencyFactor,
                    ["high_freq_factor"] = bands.HighFrequencyFactor, ["original_max_position_embeddings"] = bands.OriginalMaxPositions,
                };
        }

        config.Family.Write(config, root);
        if (config.ChatTemplate is not null) root["agentteams_chat_template"] = config.ChatTemplate;
        return root.ToJsonString(s_indented);
    }

    private static ModelConfig Read(ConfigReader reader, string path)
    {
        var family = ModelFamily.Named(reader.Text("model_type"), path);
        foreach (var (name, supported) in s_fixed.Where(f => !family.Supported.ContainsKey(f.Name))) reader.Expect(name, supported);
        foreach (var (name, supported) in family.Supported.Where(f => f.Value.Length > 0)) reader.Expect(name, supported);
        reader.Expect("hidden_act", ModelConfig.GateOf(family));
        reader.ExpectKnown([.. s_read, "hidden_act", .. s_indifferent, .. s_fixed.Select(f => f.Name), .. family.Supported.Keys, .. family.Settings]);
        reader.ExpectAmong("architectures", family.Architecture);
        var heads = reader.Integer("num_attention_heads");
        var rope = RopeOf(reader);
        var ends = reader.Integers("eos_token_id");
        var config = family.Read(reader, new ModelConfig
        {
            Family = family,
            VocabularySize = reader.Integer("vocab_size"),
            HiddenSize = reader.Integer("hidden_size"),
            IntermediateSize = reader.Integer("intermediate_size"),
            Layers = reader.Integer("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = reader.Integer("num_key_value_heads", heads),
            HeadSize = reader.Integer("head_dim", reader.Integer("hidden_size") / Math.Max(1, heads)),
            MaxPositions = reader.Integer("max_position_embeddings"),
            RmsNormEpsilon = reader.Number("rms_norm_eps", 1e-6f),
            RopeTheta = rope?.Number("rope_theta", float.NaN) is { } theta && !float.IsNaN(theta) ? theta : reader.Number("rope_theta", 10_000),
            RopeScaling = Scaling(rope),
            AttentionBias = reader.Boolean("attention_bias"),
            TieWordEmbeddings = reader.Boolean("tie_word_embeddings"),
            EndOfSequenceId = ends[0],
            AdditionalEndOfSequenceIds = ends[1..],
            ChatTemplate = reader.OptionalText("agentteams_chat_template"),
        });
        config.Validate(path);
        return config;
    }

    // The name changed; a file may use both, but then for the same.
    private static ConfigReader? RopeOf(ConfigReader reader)
    {
        var (parameters, scaling) = (reader.Child("rope_parameters"), reader.Child("rope_scaling"));
        if (parameters is not null && scaling is not null && !reader.Same("rope_parameters", "rope_scaling"))
            throw new ModelFormatException($"'{reader.Path}' holds 'rope_parameters' and another 'rope_scaling'. Remove the one that does not hold.");
        return parameters ?? scaling;
    }

    private static RopeScaling? Scaling(ConfigReader? rope)
    {
        if (rope is null) return null;
        var type = rope.OptionalText("rope_type") ?? rope.OptionalText("type") ?? "default";
        if (type is not ("default" or "linear" or "llama3"))
            throw new ModelFormatException($"'rope_type' in '{rope.Path}' is '{type}'; supported are default, linear and llama3.");
        rope.Expect("type", type);
        rope.Expect("partial_rotary_factor", "1", "1.0");
        string[] known = ["rope_type", "type", "rope_theta", "partial_rotary_factor"];
        if (type == "default")
        {
            rope.ExpectKnown(known);
            return null;
        }

        if (type == "linear")
        {
            rope.ExpectKnown([.. known, "factor"]);
            return new RopeScaling { Factor = rope.Number("factor") };
        }

        rope.ExpectKnown([.. known, "factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"]);
        return new RopeScaling
        {
            Factor = rope.Number("factor"),
            Bands = new()
            {
                LowFrequencyFactor = rope.Number("low_freq_factor"),
                HighFrequencyFactor = rope.Number("high_freq_factor"),
                OriginalMaxPositions = rope.Integer("original_max_position_embeddings"),
            },
        };
    }
}
