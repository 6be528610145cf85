namespace AgentTeams.Models;

/// <summary>The shape of a decoder-only transformer, as in a Hugging Face <c>config.json</c>.</summary>
public sealed record ModelConfig
{
    /// <summary>The family.</summary>
    /// <value><see cref="ModelFamily.Llama"/> by default.</value>
    public ModelFamily Family { get; init; } = ModelFamily.Llama;

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

    /// <summary>The most tokens that a sequence may have, prompt and completion together.</summary>
    /// <value>Positive; 2048 by default.</value>
    public int MaxPositions { get; init; } = 2048;

    /// <summary>Added to the mean square in RMS normalisation, so that it is never 0.</summary>
    /// <value>1e-5 by default.</value>
    public float RmsNormEpsilon { get; init; } = 1e-5f;

    /// <summary>Base of the rotary position frequencies.</summary>
    /// <value>10,000 by default.</value>
    public float RopeTheta { get; init; } = 10_000f;

    /// <summary>How rotary frequencies are slowed for long contexts; null for not at all.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>
    /// Base of the rotary frequencies of layers that attend within a window; null for <see cref="RopeTheta"/>, unscaled in any case where set.
    /// </summary>
    public float? LocalRopeTheta { get; init; }

    /// <summary>The part of each head that rotates.</summary>
    /// <value>Above 0, at most 1; 1 by default.</value>
    public float PartialRotaryFactor { get; init; } = 1;

    /// <summary>How many positions a token sees, itself included; null for all before it.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>For each layer whether <see cref="SlidingWindow"/> holds; empty for all layers.</summary>
    public IReadOnlyList<bool> SlidingLayers { get; init; } = [];

    /// <summary>Attention scores are divided by the root of this; null for the head size.</summary>
    public float? QueryPreAttentionScalar { get; init; }

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

    internal bool QueryKeyValueBias => AttentionBias || Family.HasQueryKeyValueBias;

    internal bool OutputBias => AttentionBias && !Family.HasQueryKeyValueBias;

    internal bool QueryKeyNorm => Family.HasQueryKeyNorm;

    /// <summary>Everything in which the model differs from a plain Llama. An engine refuses what it does not know.</summary>
    internal IEnumerable<ModelFeature> Features => new (ModelFeature Feature, bool IsThere)[]
    {
        (ModelFeature.QueryKeyValueBias, QueryKeyValueBias), (ModelFeature.OutputBias, OutputBias), (ModelFeature.QueryKeyNorm, QueryKeyNorm),
        (ModelFeature.RopeScaling, RopeScaling is not null), (ModelFeature.UnitOffsetNorms, Family.HasUnitOffsetNorms),
        (ModelFeature.PostNorms, Family.HasPostNorms),
        (ModelFeature.GeluGate, Family.HasGeluGate), (ModelFeature.ScaledEmbeddings, Family.HasScaledEmbeddings),
        (ModelFeature.FusedProjections, Family.HasFusedProjections), (ModelFeature.SlidingWindow, SlidingWindow is not null),
        (ModelFeature.LocalRopeTheta, LocalRopeTheta is not null), (ModelFeature.PartialRotaryFactor, PartialRotaryFactor != 1),
        (ModelFeature.QueryPreAttentionScalar, QueryPreAttentionScalar is not null),
    }.Where(f => f.IsThere).Select(f => f.Feature);

    /// <summary>The gate's function by its name in a <c>config.json</c>.</summary>
    internal static string GateOf(ModelFamily family) => family.HasGeluGate ? "gelu_pytorch_tanh" : "silu";

    /// <summary>What norms add to their weights.</summary>
    internal float NormOffset => Family.HasUnitOffsetNorms ? 1 : 0;

    internal float EmbeddingScale => Family.HasScaledEmbeddings ? MathF.Sqrt(HiddenSize) : 1;

    internal float AttentionScale => 1f / MathF.Sqrt(QueryPreAttentionScalar ?? HeadSize);

    /// <summary>Values of a head that rotate.</summary>
    internal int RotatedSize => (int)(HeadSize * PartialRotaryFactor);

    private long Parameters => (TieWordEmbeddings ? 1L : 2L) * VocabularySize * HiddenSize
        + (long)Layers * HiddenSize * (2L * (Heads + KeyValueHeads) * HeadSize + 3L * IntermediateSize);

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="ModelFormatException">A value is missing, unsupported or inconsistent; it is named.</exception>
    public static ModelConfig Load(string path) => ModelConfigFile.Load(path);

    /// <summary>Writes a <c>config.json</c>.</summary>
    public void Save(string path) => File.WriteAllText(path, ModelConfigFile.ToJson(this));

    /// <summary>Whether a layer attends within the window.</summary>
    internal bool IsSliding(int layer) => SlidingWindow is not null && (SlidingLayers.Count == 0 || SlidingLayers[layer]);

    /// <summary>
    /// By how much a pair of values of each head turns from one position to the next, in radians: θ^(−2i/n) over the n values that rotate (Su et al. 2021,
    /// equation 15), slowed where <see cref="RopeScaling"/> asks for it.
    /// </summary>
    /// <param name="index">The pair, i.</param>
    /// <param name="isSliding">Whether the layer attends within the window.</param>
    internal float RotaryFrequency(int index, bool isSliding)
    {
        if (isSliding && LocalRopeTheta is { } local) return MathF.Pow(local, -2f * index / RotatedSize);
        var frequency = MathF.Pow(RopeTheta, -2f * index / RotatedSize);
        if (RopeScaling is not { } scaling) return frequency;
        if (scaling.Bands is not { } bands) return frequency / scaling.Factor;
        var turns = bands.OriginalMaxPositions / (2 * MathF.PI / frequency);
        if (turns >= bands.HighFrequencyFactor) return frequency;
        if (turns <= bands.LowFrequencyFactor) return frequency / scaling.Factor;
        var smooth = (turns - bands.LowFrequencyFactor) / (bands.HighFrequencyFactor - bands.LowFrequencyFactor);
        return (1 - smooth) * frequency / scaling.Factor + smooth * frequency;
    }

    internal void Validate(string source)
    {
        Require(VocabularySize > 0 && HiddenSize > 0 && IntermediateSize > 0 && Layers > 0 && MaxPositions > 0, "sizes must be positive");
        Require(KeyValueHeads > 0 && Heads > 0 && Heads % KeyValueHeads == 0, $"{Heads} attention heads are not a multiple of {KeyValueHeads} key-value heads");
        Require(HeadSize > 0 && HeadSize % 2 == 0, $"the head size {HeadSize} is not even");
        Require(PartialRotaryFactor is > 0 and <= 1 && RotatedSize > 0 && RotatedSize % 2 == 0,
            $"of the head size {HeadSize}, the part {PartialRotaryFactor} is no even number of values");
        Require(SlidingWindow is null or > 0, $"the window of {SlidingWindow} positions is not positive");
        Require(SlidingLayers.Count == 0 || SlidingLayers.Count == Layers, $"{SlidingLayers.Count} layers are said to slide or not, of {Layers}");
        Require(QueryPreAttentionScalar is null || QueryPreAttentionScalar > 0, $"query_pre_attn_scalar is {QueryPreAttentionScalar}");
        Require((long)VocabularySize * HiddenSize <= int.MaxValue && (long)IntermediateSize * HiddenSize <= int.MaxValue
            && (long)Heads * HeadSize * HiddenSize <= int.MaxValue && Layers <= 10_000,
            "a weight matrix would have more than 2^31 values");
        foreach (var id in AdditionalEndOfSequenceIds.Prepend(EndOfSequenceId))
            Require(id >= 0 && id < VocabularySize, $"eos_token_id {id} is outside the vocabulary of {VocabularySize}");

        void Require(bool condition, string problem)
        {
            if (!condition) throw new ModelFormatException($"The model configuration '{source}' is inconsistent: {problem}.");
        }
    }
}
