namespace AgentTeams.Models;

/// <summary>
/// What another version of the weights sampled from the same prompt. A request tries its tokens first: each is accepted with probability min(1, p / q), p that of the request and q that
/// of the draft; the first that is not is drawn from max(0, p - q), renormalised, and what follows is sampled as always (Leviathan et al. 2023, section 2.3). Whoever draws the
/// draft from q then has a completion of exactly p.
/// </summary>
internal sealed record Draft
{
    /// <summary>The ids that were sampled; at least one.</summary>
    public required int[] Ids { get; init; }

    /// <summary>The log-probability of each as it was sampled.</summary>
    public required float[] LogProbs { get; init; }

    /// <summary>The temperature at which they were sampled; above 0.</summary>
    public required float Temperature { get; init; }

    /// <summary>The version of the policy that sampled them.</summary>
    public required long Version { get; init; }

    /// <summary>What else narrowed their distributions; null for nothing.</summary>
    public ConstrainedDistribution? Constraints { get; init; }
}
