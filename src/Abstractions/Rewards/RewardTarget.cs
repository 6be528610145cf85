using System.Globalization;

namespace AgentTeams;

/// <summary>What a reward is about: the whole trajectory, one turn or a role's part of it, one role, one node or a part of its completion.</summary>
public sealed record RewardTarget
{
    private RewardTarget(RewardScope scope, int? turn = null, string? role = null, string? nodeId = null, int? lastToken = null) =>
        (Scope, Turn, Role, NodeId, LastToken) = (scope, turn, role, nodeId, lastToken);

    /// <summary>The whole trajectory.</summary>
    public static RewardTarget Trajectory { get; } = new(RewardScope.Trajectory);

    /// <summary>What the reward is about.</summary>
    public RewardScope Scope { get; }

    /// <summary>The turn, zero-based; null unless the reward is about one.</summary>
    public int? Turn { get; }

    /// <summary>The role's name; null unless the reward is about all invocations of one, or about those of one in a turn.</summary>
    public string? Role { get; }

    /// <summary>The node's id; null unless the reward is about one.</summary>
    public string? NodeId { get; }

    /// <summary>
    /// Where in the node's completion the reward is earned: the zero-based index, into <see cref="Models.TokenTrace.CompletionIds"/>, of the last token of
    /// the judged part. Null where the completion is judged as a whole.
    /// </summary>
    public int? LastToken { get; }

    /// <summary>Everything that happened in one turn.</summary>
    /// <exception cref="AgentTeamsException">The turn is negative.</exception>
    public static RewardTarget OfTurn(int turn) => turn >= 0 ? new(RewardScope.Turn, turn: turn)
        : throw new AgentTeamsException($"A reward names the turn {turn}. Turns count from 0.");

    /// <summary>The invocations of one role in one turn.</summary>
    /// <exception cref="AgentTeamsException">The turn is negative or the name is empty.</exception>
    public static RewardTarget OfTurn(int turn, string role) => new(RewardScope.Turn, OfTurn(turn).Turn, OfRole(role).Role);

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

    /// <summary>A part of one node's completion, for example a step of its reasoning.</summary>
    /// <param name="nodeId">The node, a call of a role whose model recorded its tokens.</param>
    /// <param name="lastToken">The zero-based index of the part's last token in the completion.</param>
    /// <exception cref="AgentTeamsException">The id is empty or the index negative.</exception>
    public static RewardTarget OfTokens(string nodeId, int lastToken) => lastToken >= 0 ? new(RewardScope.Node, nodeId: OfNode(nodeId).NodeId, lastToken: lastToken)
        : throw new AgentTeamsException($"A reward names the token {lastToken} of the node '{nodeId}'. Tokens count from 0.");

    /// <summary>The turn's number, the role's name or the node's id; empty for the whole trajectory.</summary>
    public override string ToString() => Turn?.ToString(CultureInfo.InvariantCulture) ?? Role ?? NodeId ?? "";
}

/// <summary>The kinds of <see cref="RewardTarget"/>.</summary>
public enum RewardScope
{
    /// <summary>The whole trajectory.</summary>
    Trajectory,

    /// <summary>One turn, or one role in it.</summary>
    Turn,

    /// <summary>All invocations of one role.</summary>
    Role,

    /// <summary>One node, or a part of its completion.</summary>
    Node,
}
