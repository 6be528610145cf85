namespace AgentTeams.Models;

/// <summary>How much a scheduler takes on at once.</summary>
/// <param name="MaxSequences">The most completions that are sampled at once.</param>
/// <param name="MaxQueued">The most requests that wait; to enqueue more waits too.</param>
/// <param name="TokensPerPass">The most prompt tokens of one forward pass; longer prompts take several, between which the others go on.</param>
internal sealed record GenerationLimits(int MaxSequences, int MaxQueued, int TokensPerPass);
