using System.Text.Json;

namespace AgentTeams.Rl;

/// <summary>What one proposal came to.</summary>
public sealed record PromptStep
{
    /// <summary>The number of the proposal, from 0.</summary>
    public required int Step { get; init; }

    /// <summary>What became of it.</summary>
    public required PromptOutcome Outcome { get; init; }

    /// <summary>The text that was to be written anew.</summary>
    public required PromptComponent Component { get; init; }

    /// <summary>The candidate that it was made from.</summary>
    public required PromptCandidate Parent { get; init; }

    /// <summary>The proposed text; null where there is none.</summary>
    public string? Text { get; init; }

    /// <summary>The mean score on the minibatch with the parent's prompts.</summary>
    public required double Before { get; init; }

    /// <summary>The mean score on the minibatch with the proposed text; null where it was not tried.</summary>
    public double? After { get; init; }

    /// <summary>The new candidate, where one was added.</summary>
    public PromptCandidate? Added { get; init; }

    /// <summary>The best candidate so far, whose prompts a team should use. Of equals the first, so nothing is committed that is not better.</summary>
    public required PromptCandidate Committed { get; init; }

    /// <summary>The proposer's run; null where it was not asked. It may be stored, and learned from.</summary>
    public Trajectory? Proposal { get; init; }

    /// <summary>The runs of the team.</summary>
    public required IReadOnlyList<Trajectory> Trajectories { get; init; }

    /// <summary>What goes on from here, for <see cref="PromptEvolution.RunAsync"/>.</summary>
    public required JsonElement State { get; init; }
}

/// <summary>What became of a proposal.</summary>
public enum PromptOutcome
{
    /// <summary>None was made: the text played no part in the minibatch, or every run had the perfect score.</summary>
    Skipped,

    /// <summary>The proposer answered with no text, or with that of a prompt that was tried before.</summary>
    NothingNew,

    /// <summary>It was not better on the minibatch that it was made from.</summary>
    NotBetter,

    /// <summary>It was better there, and on the validation tasks not better than the best: kept, to be improved further.</summary>
    Added,

    /// <summary>It is the best so far on the validation tasks.</summary>
    Committed,
}
