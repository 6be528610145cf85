namespace AgentTeams.Rl;

/// <summary>
/// Decides which role invocation earned how much of its trajectory's rewards. Every reward counts with weight times value. Every node of kind
/// <see cref="NodeKind.Role"/> is an invocation, but for calls that broke and for answers that failed validation and were asked for again until one was
/// accepted. Most rules look at one trajectory; implement <see cref="ITrajectoryCredit"/> for these.
/// </summary>
public interface ICreditAssigner
{
    /// <summary>The returns of the invocations of a batch; also of forks that the rule had run, where these are to be learned from.</summary>
    /// <param name="batch">The trajectories that are learned from, and the means to ask what would have been.</param>
    /// <param name="cancellationToken">Ends the runs that the rule started.</param>
    /// <exception cref="AgentTeamsException">A reward belongs to nothing in its trajectory, or the rule needs forks and there is nobody to run them.</exception>
    ValueTask<IReadOnlyList<InvocationReturn>> AssignAsync(CreditContext batch, CancellationToken cancellationToken = default);
}

/// <summary>A credit rule that needs nothing but the trajectory itself.</summary>
public interface ITrajectoryCredit : ICreditAssigner
{
    /// <summary>One return for each role invocation, in commit order.</summary>
    /// <exception cref="AgentTeamsException">A reward belongs to nothing in the trajectory.</exception>
    IReadOnlyList<InvocationReturn> Assign(Trajectory trajectory);

    /// <inheritdoc/>
    ValueTask<IReadOnlyList<InvocationReturn>> ICreditAssigner.AssignAsync(CreditContext batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return ValueTask.FromResult<IReadOnlyList<InvocationReturn>>([.. batch.Trajectories.SelectMany(Assign)]);
    }
}

/// <summary>What one role invocation earned.</summary>
/// <param name="Trajectory">The trajectory of the invocation.</param>
/// <param name="Node">The invocation.</param>
/// <param name="Return">The sum of weighted rewards that it is credited with.</param>
public sealed record InvocationReturn(Trajectory Trajectory, TrajectoryNode Node, double Return);
