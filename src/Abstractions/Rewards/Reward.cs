using System.Text.Json.Serialization;

namespace AgentTeams;

/// <summary>A judgement of a trajectory or of a part of it.</summary>
/// <example><code>Reward.ForRole("coder", "format", isExpression ? 1 : 0)</code></example>
[JsonConverter(typeof(RewardConverter))]
public sealed record Reward
{
    /// <summary>What the reward is about.</summary>
    public required RewardTarget Target { get; init; }

    /// <summary>What was judged, for example "outcome" or "format".</summary>
    public required string Name { get; init; }

    /// <summary>The unweighted value; finite.</summary>
    public required double Value { get; init; }

    /// <summary>The factor with which the value counts.</summary>
    /// <value>Finite; 1 by default.</value>
    public double Weight { get; init; } = 1;

    /// <summary>Who judged: the reward function's name.</summary>
    public string? Source { get; init; }

    /// <summary>A reward for the whole trajectory.</summary>
    public static Reward ForTrajectory(string name, double value, double weight = 1) =>
        new() { Target = RewardTarget.Trajectory, Name = name, Value = value, Weight = weight };

    /// <summary>A reward for everything that happened in one turn, zero-based.</summary>
    public static Reward ForTurn(int turn, string name, double value, double weight = 1) =>
        new() { Target = RewardTarget.OfTurn(turn), Name = name, Value = value, Weight = weight };

    /// <summary>A reward for the invocations of one role in one turn, zero-based.</summary>
    public static Reward ForTurn(int turn, string role, string name, double value, double weight = 1) =>
        new() { Target = RewardTarget.OfTurn(turn, role), Name = name, Value = value, Weight = weight };

    /// <summary>A reward for all invocations of one role.</summary>
    public static Reward ForRole(string role, string name, double value, double weight = 1) =>
        new() { Target = RewardTarget.OfRole(role), Name = name, Value = value, Weight = weight };

    /// <summary>A reward for one node.</summary>
    public static Reward ForNode(string nodeId, string name, double value, double weight = 1) =>
        new() { Target = RewardTarget.OfNode(nodeId), Name = name, Value = value, Weight = weight };

    /// <summary>A reward for a part of one node's completion, earned where it ends; see <see cref="RewardTarget.OfTokens"/>.</summary>
    public static Reward ForTokens(string nodeId, int lastToken, string name, double value, double weight = 1) =>
        new() { Target = RewardTarget.OfTokens(nodeId, lastToken), Name = name, Value = value, Weight = weight };

    internal void Validate(string trajectoryId) => Guard.Require(double.IsFinite(Value) && double.IsFinite(Weight),
        $"The reward '{Name}' of trajectory '{trajectoryId}' is {Value} with weight {Weight}. Rewards must be finite.");
}
