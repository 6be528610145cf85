using System.Collections.Immutable;

namespace AgentTeams.Runs;

/// <summary>What came out of a training run.</summary>
public sealed record TrainingResult
{
    /// <summary>The run's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>All evaluations, in the order in which they were made.</summary>
    public required ImmutableArray<TeamEvaluation> Evaluations { get; init; }

    /// <summary>SHA-256 over the weights of all models.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>The stage at which the run was resumed last; null for one in one go.</summary>
    public string? ResumedFrom { get; init; }

    /// <summary>How long this process worked on it.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The evaluation of a stage.</summary>
    /// <param name="name">The evaluation's name, that of its stage.</param>
    /// <exception cref="AgentTeamsException">There is none.</exception>
    public TeamEvaluation this[string name] => Evaluations.LastOrDefault(e => e.Name == name)
        ?? throw new AgentTeamsException($"The run has no evaluation '{name}'. It has: {string.Join(", ", Evaluations.Select(e => e.Name))}.");
}
