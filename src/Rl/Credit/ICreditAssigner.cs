namespace AgentTeams.Rl;

/// <summary>
/// Decides which role invocation earned how much of a trajectory's rewards. Every reward counts with weight times value. Every node
/// of kind <see cref="NodeKind.Role"/> is an invocation, but for calls that broke and for answers that failed validation and were
/// asked for again until one was accepted.
/// </summary>
public interface ICreditAssigner
{
    /// <summary>One return for each role invocation, in commit order.</summary>
    /// <exception cref="AgentTeamsException">A reward belongs to nothing in the trajectory.</exception>
    IReadOnlyList<InvocationReturn> Assign(Trajectory trajectory);
}

/// <summary>What one role invocation earned.</summary>
/// <param name="Trajectory">The trajectory of the invocation.</param>
/// <param name="Node">The invocation.</param>
/// <param name="Return">The sum of weighted rewards that it is credited with.</param>
public sealed record InvocationReturn(Trajectory Trajectory, TrajectoryNode Node, double Return);
