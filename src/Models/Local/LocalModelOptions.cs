namespace AgentTeams.Models;

/// <summary>What a model with random weights consists of.</summary>
public sealed record LocalModelOptions : IChecked
{
    /// <summary>The id by which policies name it: letters, digits, '-', '_', '.' and spaces.</summary>
    public required string Id { get; init; }

    /// <summary>The shape.</summary>
    public required ModelConfig Config { get; init; }

    /// <summary>Its tokenizer, of no more ids than the shape has.</summary>
    public required Tokenizer Tokenizer { get; init; }

    /// <summary>Its chat template.</summary>
    public required ChatTemplate Template { get; init; }

    /// <summary>Decides the weights: equal keys give equal weights, on every engine.</summary>
    public required SeedKey Seed { get; init; }

    /// <summary>
    /// A tiny model to start from nothing: a vocabulary learned from texts, the <see cref="MinimalChatTemplate"/>, and a shape that trains in seconds
    /// on a CPU (2 layers of width 64 with 4 heads, up to 1024 tokens, prompt and completion together).
    /// </summary>
    /// <param name="id">The id by which policies name it.</param>
    /// <param name="texts">Texts like those it will read and write; training text only, as what is held out must not be seen here either.</param>
    /// <param name="seed">Decides the weights.</param>
    /// <param name="vocabularySize">The most entries of the vocabulary. 256 bytes, special tokens and whole words are among them; the rest is learned.</param>
    /// <param name="wholeWords">Words that are one token wherever they stand by themselves; none unless given.</param>
    /// <param name="specialTokens">Special tokens besides the template's, for example one that stands for a role's instructions; none unless given.</param>
    /// <exception cref="AgentTeamsException">The vocabulary is too small, or a word or token is malformed.</exception>
    /// <example>
    /// <code>
    /// var options = LocalModelOptions.FromTexts("tiny", questions, new SeedKey(1));
    /// using var model = CpuLanguageModel.Create(options with { Config = options.Config with { Layers = 4 } });
    /// </code>
    /// </example>
    public static LocalModelOptions FromTexts(string id, IEnumerable<string> texts, SeedKey seed, int vocabularySize = 512,
        IEnumerable<string>? wholeWords = null, IEnumerable<string>? specialTokens = null)
    {
        var tokenizer = BpeTrainer.Train(texts, vocabularySize, [.. MinimalChatTemplate.SpecialTokens, .. specialTokens ?? []], [.. wholeWords ?? []]);
        var config = new ModelConfig
        {
            VocabularySize = tokenizer.VocabularySize,
            HiddenSize = 64,
            IntermediateSize = 176,
            Layers = 2,
            Heads = 4,
            KeyValueHeads = 4,
            HeadSize = 16,
            MaxPositions = 1024,
            EndOfSequenceId = tokenizer.GetId(MinimalChatTemplate.End),
        };
        return new() { Id = id, Config = config, Tokenizer = tokenizer, Template = new MinimalChatTemplate(), Seed = seed };
    }

    void IChecked.Check(OptionChecks checks) => checks
        .RequireThat(Guard.NameProblem(Id, "model id") is null, Guard.NameProblem(Id, "model id") ?? "")
        .RequireThat(Config is not null, "Config is null; give the shape.")
        .RequireThat(Tokenizer is not null, "Tokenizer is null; give one, for example by BpeTrainer.")
        .RequireThat(Template is not null, "Template is null; give one, for example a MinimalChatTemplate.")
        .RequireThat(Seed is not null, "Seed is null; give a SeedKey.");
}
