namespace AgentTeams.Benchmarks.TorchSharp;

/// <summary>Shapes with random weights: one of the CPU benchmark, and those of the small Qwen2.5 models.</summary>
internal sealed record BenchmarkShape(string Name, ModelConfig Config)
{
    public static IReadOnlyList<BenchmarkShape> All { get; } =
    [
        new("tiny", Qwen2(2048, 256, 704, 4, 8, 4)),
        new("0.1B", Qwen2(32_000, 768, 2048, 12, 12, 4)),
        new("0.5B", Qwen2(151_936, 896, 4864, 24, 14, 2)),
        new("1.5B", Qwen2(151_936, 1536, 8960, 28, 12, 2)),
    ];

    /// <summary>Weights that take part in a matrix product for each token; the embedding is only looked up.</summary>
    public long MatrixWeights => (long)Config.VocabularySize * Config.HiddenSize
        + (long)Config.Layers * Config.HiddenSize * (2L * (Config.Heads + Config.KeyValueHeads) * Config.HeadSize + 3L * Config.IntermediateSize);

    /// <summary>
    /// Multiply-adds count as 2: two for each weight and token, and 4 · heads · headSize for each pair of tokens that attention
    /// looks at, half of the square (Chowdhery et al. 2022, appendix B).
    /// </summary>
    public double ForwardFlops(double tokens, double length) => tokens * (2.0 * MatrixWeights + 2.0 * Config.Layers * Config.Heads * Config.HeadSize * length);

    private static ModelConfig Qwen2(int vocabulary, int hidden, int intermediate, int layers, int heads, int keyValueHeads) => new()
    {
        Family = ModelFamily.Qwen2, VocabularySize = vocabulary, HiddenSize = hidden, IntermediateSize = intermediate, Layers = layers, Heads = heads,
        KeyValueHeads = keyValueHeads, HeadSize = hidden / heads, TieWordEmbeddings = true, MaxPositions = 4096, RopeTheta = 1_000_000, RmsNormEpsilon = 1e-6f, EndOfSequenceId = 0,
    };
}

/// <summary>How much is done.</summary>
/// <param name="Rows">Rows of a step, prompts of a rollout.</param>
/// <param name="Length">Tokens of a row.</param>
/// <param name="Steps">Timed repetitions.</param>
/// <param name="Full">Whether all weights are trained.</param>
internal sealed record Work(int Rows, int Length, int Steps, bool Full)
{
    public const int TokensPerMicroBatch = 16_384;

    public static LoraOptions Lora { get; } = new() { Rank = 16, Alpha = 32 };
}

/// <summary>Tokens per second: new ones of a rollout, and all that a step reads.</summary>
internal sealed record Rates(double Rollout, double Train);
