using System.Globalization;

namespace AgentTeams.Benchmarks.Models;

/// <summary>A model and a training batch, in the order in which the peer takes them on its command line.</summary>
internal sealed record ModelShape(int Hidden, int Layers, int Heads, int KeyValueHeads, int Intermediate, int Vocabulary, int Batch, int Length)
{
    public static ModelShape Default { get; } = new(256, 4, 8, 4, 704, 2048, 32, 96);

    public static ModelShape Large { get; } = new(1024, 12, 16, 8, 2816, 32000, 4, 256);

    public IEnumerable<string> Arguments => new[] { Hidden, Layers, Heads, KeyValueHeads, Intermediate, Vocabulary, Batch, Length }.Select(n => n.ToString(CultureInfo.InvariantCulture));

    /// <summary>Weights that a token is multiplied with.</summary>
    public long Matrices => Layers * ((long)Hidden * (2 * Hidden + 2 * Hidden / Heads * KeyValueHeads) + 3L * Hidden * Intermediate) + (long)Vocabulary * Hidden;

    /// <summary>Operations of a training step a token: three products with each weight, and attention over half the length on average.</summary>
    public double TrainingFlops => 3 * (2.0 * Matrices + Layers * 2.0 * 2 * Hidden * Length / 2);

    public ModelConfig Config => new()
    {
        VocabularySize = Vocabulary, HiddenSize = Hidden, IntermediateSize = Intermediate, Layers = Layers, Heads = Heads, KeyValueHeads = KeyValueHeads,
        HeadSize = Hidden / Heads, TieWordEmbeddings = true, MaxPositions = 4096, EndOfSequenceId = 2,
    };
}
