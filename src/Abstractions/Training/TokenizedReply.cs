namespace AgentTeams.Models;

/// <summary>A conversation and the reply to it, as a model reads and writes them.</summary>
/// <param name="PromptIds">The conversation up to where the reply begins; at least one id.</param>
/// <param name="CompletionIds">The reply with the id that ends it; at least one id.</param>
public sealed record TokenizedReply(int[] PromptIds, int[] CompletionIds);
