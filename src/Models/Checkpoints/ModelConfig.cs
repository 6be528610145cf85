using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams;

/// <summary>The shape of a decoder-only transformer of the Llama family, as in a Hugging Face <c>config.json</c>.</summary>
public sealed record ModelConfig
{
    /// <summary>Entries of the vocabulary.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width of the gated feed-forward layer.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of transformer layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads; divides <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Width of one head; even.</summary>
    public required int HeadSize { get; init; }

    /// <summary>The longest sequence, prompt and completion together; 2048 unless set.</summary>
    public int MaxPositions { get; init; } = 2048;

    /// <summary>Added to the mean square in RMS normalisation; 1e-5 unless set.</summary>
    public float RmsNormEpsilon { get; init; } = 1e-5f;

    /// <summary>Base of the rotary position frequencies; 10,000 unless set.</summary>
    public float RopeTheta { get; init; } = 10_000f;

    /// <summary>Whether the output head is the embedding matrix.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>The id that ends a sequence.</summary>
    public int EndOfSequenceId { get; init; }

    /// <summary>The name of the chat template that the model was made with, or null for one read from elsewhere.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="ModelFormatException">A value is missing, unsupported or inconsistent; it is named.</exception>
    public static ModelConfig Load(string path)
    {
        JsonNode root;
        try
        {
            root = JsonNode.Parse(File.ReadAllBytes(path)) ?? throw new JsonException("null");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new ModelFormatException($"'{path}' cannot be read as a model configuration: {e.Message}", e);
        }

        Expect("model_type", "llama");
        Expect("hidden_act", "silu");
        Expect("attention_bias", "false");
        Expect("mlp_bias", "false");
        Expect("rope_scaling", "null");
        var heads = Int("num_attention_heads");
        var config = new ModelConfig
        {
            VocabularySize = Int("vocab_size"),
            HiddenSize = Int("hidden_size"),
            IntermediateSize = Int("intermediate_size"),
            Layers = Int("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = root["num_key_value_heads"] is null ? heads : Int("num_key_value_heads"),
            HeadSize = root["head_dim"] is null ? Int("hidden_size") / Math.Max(1, heads) : Int("head_dim"),
            MaxPositions = Int("max_position_embeddings"),
            RmsNormEpsilon = (float)(root["rms_norm_eps"]?.GetValue<double>() ?? 1e-6),
            RopeTheta = (float)(root["rope_theta"]?.GetValue<double>() ?? 10_000),
            TieWordEmbeddings = root["tie_word_embeddings"]?.GetValue<bool>() ?? false,
            EndOfSequenceId = Int("eos_token_id"),
            ChatTemplate = root["agentteams_chat_template"]?.GetValue<string>(),
        };
        config.Validate(path);
        return config;

        int Int(string name)
        {
            try
            {
                return root[name]!.GetValue<int>();
            }
            catch (Exception e) when (e is NullReferenceException or InvalidOperationException or FormatException)
            {
                throw new ModelFormatException($"'{name}' in '{path}' is '{root[name]}'; expected an integer.", e);
            }
        }

        void Expect(string name, string only)
        {
            if (root[name] is { } value && value.ToString() != only)
                throw new ModelFormatException($"'{name}' in '{path}' is '{value}'; supported is '{only}'.");
        }
    }

    /// <summary>Writes a <c>config.json</c>.</summary>
    public void Save(string path)
    {
        var root = new JsonObject
        {
            ["model_type"] = "llama",
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["hidden_size"] = HiddenSize,
            ["intermediate_size"] = IntermediateSize,
            ["num_hidden_layers"] = Layers,
            ["num_attention_heads"] = Heads,
            ["num_key_value_heads"] = KeyValueHeads,
            ["head_dim"] = HeadSize,
            ["vocab_size"] = VocabularySize,
            ["rms_norm_eps"] = RmsNormEpsilon,
            ["rope_theta"] = RopeTheta,
            ["tie_word_embeddings"] = TieWordEmbeddings,
            ["max_position_embeddings"] = MaxPositions,
            ["hidden_act"] = "silu",
            ["torch_dtype"] = "float32",
            ["eos_token_id"] = EndOfSequenceId,
        };
        if (ChatTemplate is not null) root["agentteams_chat_template"] = ChatTemplate;
        File.WriteAllText(path, root.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }

    internal void Validate(string source)
    {
        Require(VocabularySize > 0 && HiddenSize > 0 && IntermediateSize > 0 && Layers > 0 && MaxPositions > 0, "sizes must be positive");
        Require(KeyValueHeads > 0 && Heads > 0 && Heads % KeyValueHeads == 0, $"{Heads} attention heads are not a multiple of {KeyValueHeads} key-value heads");
        Require(HeadSize > 0 && HeadSize % 2 == 0, $"the head size {HeadSize} is not even");
        Require(EndOfSequenceId >= 0 && EndOfSequenceId < VocabularySize, $"eos_token_id {EndOfSequenceId} is outside the vocabulary of {VocabularySize}");

        void Require(bool condition, string problem)
        {
            if (!condition) throw new ModelFormatException($"The model configuration '{source}' is inconsistent: {problem}.");
        }
    }
}
