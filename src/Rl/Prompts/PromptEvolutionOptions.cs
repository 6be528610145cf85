namespace AgentTeams.Rl;

/// <summary>How prompts are evolved.</summary>
public sealed record PromptEvolutionOptions : IChecked
{
    /// <summary>The ids of the tasks that proposals are made from.</summary>
    public required IReadOnlyList<string> Tasks { get; init; }

    /// <summary>The ids of the tasks by which candidates are compared and committed; none of <see cref="Tasks"/>, so that a text which repeats them wins nothing.</summary>
    public required IReadOnlyList<string> Validation { get; init; }

    /// <summary>How many proposals are made.</summary>
    /// <value>At least 0; 30 by default.</value>
    public int Proposals { get; init; } = 30;

    /// <summary>Tasks that each proposal is made from and first compared on.</summary>
    /// <value>At least 1; 3 by default, as in GEPA.</value>
    public int MinibatchSize { get; init; } = 3;

    /// <summary>What may be written anew; null, the default, for the instructions of all roles. Name tools to let their descriptions evolve, too.</summary>
    public IReadOnlyList<PromptComponent>? Components { get; init; }

    /// <summary>A score of a run that cannot be bettered: a minibatch where all have it proposes nothing.</summary>
    /// <value>Null by default: not known.</value>
    public double? PerfectScore { get; init; }

    /// <summary>Who writes: a role like any other. It is shown the text as it is and the examples, and answers with the new text between lines of three backticks.</summary>
    public Role Proposer { get; init; } = PromptProposer.DefaultRole;

    /// <summary>How many examples the proposer is shown at most; those of the worst runs first.</summary>
    /// <value>At least 1; 12 by default.</value>
    public int MaxExamples { get; init; } = 12;

    /// <summary>The seed of all draws.</summary>
    /// <value>0 by default.</value>
    public long Seed { get; init; }

    void IChecked.Check(OptionChecks checks) => checks
        .RequireThat(Tasks is { Count: > 0 }, "Tasks holds no task; give some to learn from.")
        .RequireThat(Validation is { Count: > 0 }, "Validation holds no task; give some to compare by.")
        .RequireThat(Tasks?.Intersect(Validation ?? [], StringComparer.Ordinal).FirstOrDefault() is null,
            $"The task '{Tasks?.Intersect(Validation ?? [], StringComparer.Ordinal).FirstOrDefault()}' is in Tasks and in Validation; a candidate must be compared on tasks that it was not made from.")
        .RequireThat(Components is not { Count: 0 }, "Components is empty, so nothing may be written anew; name some, or leave it null for all roles.")
        .AtLeast(0, Proposals).AtLeast(1, MinibatchSize).AtLeast(1, MaxExamples).Part(Proposer);
}
