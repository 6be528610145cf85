namespace AgentTeams.Rl;

/// <summary>
/// Every invocation earns everything: the sum of all rewards of the trajectory, whatever their scope. This is the shared return of a
/// cooperative team (Dec-POMDP; MAGRPO, Liu et al. 2025).
/// </summary>
public sealed class JointCredit : ITrajectoryCredit
{
    /// <inheritdoc/>
    public IReadOnlyList<InvocationReturn> Assign(Trajectory trajectory)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        var sum = Totals.Of(trajectory);
        return [.. Invocations.Of(trajectory).Select(i => new InvocationReturn(trajectory, trajectory.Nodes[i], sum))];
    }
}
