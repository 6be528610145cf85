namespace AgentTeams.Rl;

/// <summary>
/// Which invocations are compared with each other: those that agree in every named part. Parts combine with '|'.
/// </summary>
[Flags]
public enum GroupKey
{
    /// <summary>The whole batch is one group.</summary>
    Batch = 0,

    /// <summary><see cref="Trajectory.GroupId"/>: samples of the same task. The usual first part.</summary>
    Group = 1,

    /// <summary><see cref="TrajectoryNode.Role"/>.</summary>
    Role = 2,

    /// <summary>
    /// <see cref="TrajectoryNode.Turn"/>. Where the policy decides how long a run lasts, combine it with a leave-one-out
    /// baseline: normalising per turn otherwise biases that decision.
    /// </summary>
    Turn = 4,

    /// <summary><see cref="TrajectoryNode.Branch"/>: the branch taken after the invocation.</summary>
    Branch = 8,

    /// <summary><see cref="TrajectoryNode.Policy"/>.</summary>
    Policy = 16,

    /// <summary><see cref="Trajectory.TaskId"/>, across groups of the same task.</summary>
    Task = 32,

    /// <summary>The fork point: <see cref="Trajectory.ParentId"/> with <see cref="Trajectory.ForkNodeId"/>, so that siblings of a tree are compared.</summary>
    Fork = 64,

    /// <summary>What the role was shown, <see cref="TrajectoryNode.Input"/>: invocations in the same state, such as the siblings of a tree.</summary>
    Context = 128,

    /// <summary>Agent-wise: each role against itself on the same task (Dr. MAS).</summary>
    ByRole = Group | Role,

    /// <summary>Agent- and turn-wise: each role against itself in the same turn of the same task.</summary>
    ByRoleAndTurn = Group | Role | Turn,
}

/// <summary>What counts once in a group's statistics.</summary>
public enum SampleUnit
{
    /// <summary>Each role invocation; a trajectory with more of them counts more.</summary>
    Invocation,

    /// <summary>
    /// Each trajectory, with the mean return of its invocations in the group; they all inherit its advantage, so that long
    /// trajectories do not outweigh short ones.
    /// </summary>
    Trajectory,
}

/// <summary>The divisor of a variance.</summary>
public enum VarianceDivisor
{
    /// <summary>n - 1.</summary>
    Unbiased,

    /// <summary>n.</summary>
    Population,
}
