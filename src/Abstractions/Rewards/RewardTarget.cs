using System.Globalization;

namespace AgentTeams;

/// <summary>What a reward is about: the whole trajectory, one turn, one role or one node.</summary>
public sealed record RewardTarget
{
    private RewardTarget(RewardScope scope, int? turn = null, string? role = null, string? nodeId = null) =>
        (Scope, Turn, Role, NodeId) = (scope, turn, role, nodeId);

    /// <summary>The whole trajectory.</summary>
    public static RewardTarget Trajectory { get; } = new(RewardScope.Trajectory);

    /// <summary>Which of the others is set.</summary>
    public RewardScope Scope { get; }

    /// <summary>The turn, zero-based; null unless the reward is about one.</summary>
    public int? Turn { get; }

    /// <summary>The role's name; null unless the reward is about all invocations of one.</summary>
    public string? Role { get; }

    /// <summary>The node's id; null unless the reward is about one.</summary>
    public string? NodeId { get; }

    /// <summary>Everything that happened in one turn.</summary>
    /// <exception cref="AgentTeamsException">The turn is negative.</exception>
    public static RewardTarget OfTurn(int turn) => turn >= 0 ? new(RewardScope.Turn, turn: turn)
        : throw new AgentTeamsException($"A reward names the turn {turn}. Turns count from 0.");

    /// <summary>All invocations of one role.</summary>
    /// <exception cref="AgentTeamsException">The name is empty.</exception>
    public static RewardTarget OfRole(string role) => string.IsNullOrEmpty(role)
        ? throw new AgentTeamsException("A reward names an empty role. Name one of the trajectory's.")
        : new(RewardScope.Role, role: role);

    /// <summary>One node.</summary>
    /// <exception cref="AgentTeamsException">The id is empty.</exception>
    public static RewardTarget OfNode(string nodeId) => string.IsNullOrEmpty(nodeId)
        ? throw new AgentTeamsException("A reward names an empty node id. Name one of the trajectory's.")
        : new(RewardScope.Node, nodeId: nodeId);

    /// <summary>The turn's number, the role's name or the node's id; empty for the whole trajectory.</summary>
    public override string ToString() => Turn?.ToString(CultureInfo.InvariantCulture) ?? Role ?? NodeId ?? "";
}

/// <summary>The kinds of <see cref="RewardTarget"/>.</summary>
public enum RewardScope
{
    /// <summary>The whole trajectory.</summary>
    Trajectory,

    /// <summary>One turn.</summary>
    Turn,

    /// <summary>All invocations of one role.</summary>
    Role,

    /// <summary>One node.</summary>
    Node,
}
