using System.Collections.Immutable;

namespace AgentTeams.Rl;

/// <summary>Prompts that were good enough to be tried on all validation tasks.</summary>
/// <param name="Index">Its number, from 0: the prompts that the evolution began with.</param>
/// <param name="Prompts">The prompts.</param>
/// <param name="Parent">The candidate that it was made from; null for the first.</param>
/// <param name="Scores">Its score on each validation task, in their order.</param>
public sealed record PromptCandidate(int Index, PromptSet Prompts, int? Parent, ImmutableArray<double> Scores)
{
    /// <summary>The mean of its scores.</summary>
    public double Mean => Moments.Sum([.. Scores]) / Scores.Length;
}
