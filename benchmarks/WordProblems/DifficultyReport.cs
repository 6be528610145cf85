using System.Text.Json.Serialization;

namespace AgentTeams.Benchmarks.WordProblems;

/// <summary>Accuracies on the test set, 0 to 1, of methods that know the labelled problems only.</summary>
internal sealed record DifficultyReport
{
    public required long Seed { get; init; }

    public required int Labels { get; init; }

    public required int Problems { get; init; }

    public required int Tests { get; init; }

    /// <summary>Distinct formulas among the labelled problems, which are the classes to choose from.</summary>
    public required int Formulas { get; init; }

    public required double MajorityFormula { get; init; }

    public required double NearestNeighbour { get; init; }

    public required double NaiveBayes { get; init; }

    public required double LogisticUnigrams { get; init; }

    public required double LogisticBigrams { get; init; }

    public required double RandomExpressions { get; init; }

    /// <summary>Normalised test questions that are also training questions, labelled or not.</summary>
    public required int TestQuestionsInTraining { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DifficultyReport))]
internal sealed partial class DifficultyJson : JsonSerializerContext;
