using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>How certain a model was of what it said.</summary>
public static class Certainty
{
    /// <summary>
    /// The geometric mean of the probabilities of a reply's tokens, exp(mean of their log-probabilities), as it was sampled: the inverse of its perplexity. Above 0 and at most 1.
    /// </summary>
    /// <param name="reply">The reply.</param>
    /// <returns>Null where the model records no log-probabilities, or the reply has no token.</returns>
    public static double? Of(ChatResponse reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        return reply.AdditionalProperties?.GetValueOrDefault(TokenTrace.PropertyName) is TokenTrace { LogProbs: { Length: > 0 } logProbs } ? Math.Exp(logProbs.Average(p => (double)p)) : null;
    }
}
