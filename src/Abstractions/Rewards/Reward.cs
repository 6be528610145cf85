namespace AgentTeams;

/// <summary>A judgement of a trajectory or of a part of it.</summary>
public sealed record Reward
{
    /// <summary>What the reward is about.</summary>
    public required RewardScope Scope { get; init; }

    /// <summary>The role's name, the node's id or the turn's number; null at trajectory scope.</summary>
    public string? Target { get; init; }

    /// <summary>What was judged, for example "outcome" or "format".</summary>
    public required string Name { get; init; }

    /// <summary>The unweighted value.</summary>
    public required double Value { get; init; }

    /// <summary>The factor with which the value counts; 1 unless set.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Who judged: the reward function's name.</summary>
    public string? Source { get; init; }

    /// <summary>A reward for the whole trajectory.</summary>
    public static Reward ForTrajectory(string name, double value, double weight = 1) =>
        new() { Scope = RewardScope.Trajectory, Name = name, Value = value, Weight = weight };

    /// <summary>A reward for everything that happened in one turn.</summary>
    public static Reward ForTurn(int turn, string name, double value, double weight = 1) =>
        new() { Scope = RewardScope.Turn, Target = turn.ToString(System.Globalization.CultureInfo.InvariantCulture), Name = name, Value = value, Weight = weight };

    /// <summary>A reward for all invocations of one role.</summary>
    public static Reward ForRole(string role, string name, double value, double weight = 1) =>
        new() { Scope = RewardScope.Role, Target = role, Name = name, Value = value, Weight = weight };

    /// <summary>A reward for one node.</summary>
    public static Reward ForNode(string nodeId, string name, double value, double weight = 1) =>
        new() { Scope = RewardScope.Node, Target = nodeId, Name = name, Value = value, Weight = weight };

    internal void Validate(string trajectoryId)
    {
        Guard.Require(double.IsFinite(Value) && double.IsFinite(Weight),
            $"The reward '{Name}' of trajectory '{trajectoryId}' is {Value} with weight {Weight}. Rewards must be finite.");
        Guard.Require(Scope == RewardScope.Trajectory == Target is null,
            $"The reward '{Name}' of trajectory '{trajectoryId}' has scope {Scope} and target '{Target}'. Name a target at every scope but Trajectory.");
    }
}

/// <summary>What a reward is about.</summary>
public enum RewardScope
{
    /// <summary>The whole trajectory.</summary>
    Trajectory,

    /// <summary>One turn; the target is its number.</summary>
    Turn,

    /// <summary>All invocations of one role; the target is its name.</summary>
    Role,

    /// <summary>One node; the target is its id.</summary>
    Node,
}
