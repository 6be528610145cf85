namespace AgentTeams.Models;

/// <summary>The shape of a decoder-only transformer, as in a Hugging Face <c>config.json</c>.</summary>
public sealed record ModelConfig
{
    /// <summary>The family; Llama unless set.</summary>
    public ModelFamily Family { get; init; }

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

    /// <summary>How rotary frequencies are slowed for long contexts; null for not at all.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Whether the attention projections have a bias; Qwen2 has one for queries, keys and values in any case.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the output head is the embedding matrix.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>The id that ends a sequence.</summary>
    public int EndOfSequenceId { get; init; }

    /// <summary>Further ids that end a sequence.</summary>
    public IReadOnlyList<int> AdditionalEndOfSequenceIds { get; init; } = [];

    /// <summary>The name of the chat template that the model was made with, or null for one read from elsewhere.</summary>
    public string? ChatTemplate { get; init; }

    internal bool QueryKeyValueBias => AttentionBias || Family == ModelFamily.Qwen2;

    internal bool OutputBias => AttentionBias && Family != ModelFamily.Qwen2;

    internal bool QueryKeyNorm => Family == ModelFamily.Qwen3;

    private long Parameters => (TieWordEmbeddings ? 1L : 2L) * VocabularySize * HiddenSize
        + (long)Layers * HiddenSize * (2L * (Heads + KeyValueHeads) * HeadSize + 3L * IntermediateSize);

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="ModelFormatException">A value is missing, unsupported or inconsistent; it is named.</exception>
    public static ModelConfig Load(string path) => ModelConfigFile.Load(path);

    /// <summary>Writes a <c>config.json</c>.</summary>
    public void Save(string path) => File.WriteAllText(path, ModelConfigFile.ToJson(this));

    /// <summary>
    /// By how much a pair of values of each head turns from one position to the next, in radians: θ^(−2i/headSize) (Su et al. 2021,
    /// equation 15), slowed where <see cref="RopeScaling"/> asks for it.
    /// </summary>
    internal float RotaryFrequency(int index)
    {
        var frequency = MathF.Pow(RopeTheta, -2f * index / HeadSize);
        if (RopeScaling is not { } scaling) return frequency;
        var turns = scaling.OriginalMaxPositions / (2 * MathF.PI / frequency);
        if (turns >= scaling.HighFrequencyFactor) return frequency;
        if (turns <= scaling.LowFrequencyFactor) return frequency / scaling.Factor;
        var smooth = (turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return (1 - smooth) * frequency / scaling.Factor + smooth * frequency;
    }

    internal void Validate(string source)
    {
        Require(VocabularySize > 0 && HiddenSize > 0 && IntermediateSize > 0 && Layers > 0 && MaxPositions > 0, "sizes must be positive");
        Require(KeyValueHeads > 0 && Heads > 0 && Heads % KeyValueHeads == 0, $"{Heads} attention heads are not a multiple of {KeyValueHeads} key-value heads");
        Require(HeadSize > 0 && HeadSize % 2 == 0, $"the head size {HeadSize} is not even");
        Require((long)VocabularySize * HiddenSize <= int.MaxValue && (long)IntermediateSize * HiddenSize <= int.MaxValue && (long)Heads * HeadSize * HiddenSize <= int.MaxValue && Layers <= 10_000,
            "a weight matrix would have more than 2^31 values");
        foreach (var id in AdditionalEndOfSequenceIds.Prepend(EndOfSequenceId))
            Require(id >= 0 && id < VocabularySize, $"eos_token_id {id} is outside the vocabulary of {VocabularySize}");

        void Require(bool condition, string problem)
        {
            if (!condition) throw new ModelFormatException($"The model configuration '{source}' is inconsistent: {problem}.");
        }
    }
}
