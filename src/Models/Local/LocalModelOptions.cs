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

    void IChecked.Check(OptionChecks checks) => checks
        .RequireThat(Guard.NameProblem(Id, "model id") is null, Guard.NameProblem(Id, "model id") ?? "")
        .RequireThat(Config is not null, "Config is null; give the shape.")
        .RequireThat(Tokenizer is not null, "Tokenizer is null; give one, for example by BpeTrainer.")
        .RequireThat(Template is not null, "Template is null; give one, for example a MinimalChatTemplate.")
        .RequireThat(Seed is not null, "Seed is null; give a SeedKey.");
}
