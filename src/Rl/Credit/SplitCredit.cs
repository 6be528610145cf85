namespace AgentTeams.Rl;

/// <summary>
/// As <see cref="RoleCredit"/>, but the trajectory's rewards are divided evenly by its number of role invocations, so that
/// with trajectory rewards alone the returns sum to the trajectory's reward.
/// </summary>
public sealed class SplitCredit : ITrajectoryCredit
{
    /// <inheritdoc/>
    public IReadOnlyList<InvocationReturn> Assign(Trajectory trajectory)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        return OwnRewards.Assign(trajectory, 1.0 / Invocations.Of(trajectory).Count());
    }
}
