using System.Text.Json;

namespace AgentTeams.Rl;

/// <summary>What one step of reinforcement learning did.</summary>
public sealed record RlStep
{
    /// <summary>Zero-based.</summary>
    public required int Step { get; init; }

    /// <summary>Metrics by their usual names, a role's with the role's name before it.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>The rewarded trajectories.</summary>
    public required IReadOnlyList<Trajectory> Trajectories { get; init; }

    /// <summary>Updates that were made, by policy.</summary>
    public required IReadOnlyDictionary<PolicyId, int> Updates { get; init; }

    /// <summary>Updates that were refused, with what was wrong.</summary>
    public required IReadOnlyList<string> Refused { get; init; }

    /// <summary>How long sampling and rewarding took.</summary>
    public TimeSpan RolloutTime { get; init; }

    /// <summary>How long the updates took.</summary>
    public TimeSpan UpdateTime { get; init; }

    /// <summary>
    /// What the training needs to go on behind this step, besides the weights: what its source remembers, what was sampled ahead, an adaptive coefficient. To be kept with the
    /// checkpoint and given to <c>TrainAsync</c>; null for nothing.
    /// </summary>
    public JsonElement? State { get; init; }
}
