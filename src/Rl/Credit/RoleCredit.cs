namespace AgentTeams.Rl;

/// <summary>
/// Every invocation earns the trajectory's rewards in full and, of the shaped ones, only its own: those of its node, its role
/// and its turn. A reward of a tool or function node is earned by the nearest role invocations before it.
/// </summary>
public sealed class RoleCredit : ITrajectoryCredit
{
    /// <inheritdoc/>
    public IReadOnlyList<InvocationReturn> Assign(Trajectory trajectory) => OwnRewards.Assign(trajectory, shared: 1);
}
