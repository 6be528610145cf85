namespace AgentTeams.Rl;

/// <summary>Sums what role and split credit have in common.</summary>
internal static class OwnRewards
{
    /// <param name="trajectory">A scored trajectory.</param>
    /// <param name="shared">The part of a trajectory reward that each invocation earns.</param>
    public static IReadOnlyList<InvocationReturn> Assign(Trajectory trajectory, double shared)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        var sums = new double[trajectory.Nodes.Length];
        foreach (var reward in trajectory.Rewards)
        {
            var part = reward.Weight * reward.Value * (reward.Target.Scope == RewardScope.Trajectory ? shared : 1);
            foreach (var i in RewardAttribution.Earners(trajectory, reward)) sums[i] += part;
        }

        return [.. Invocations.Of(trajectory).Select(i => new InvocationReturn(trajectory, trajectory.Nodes[i], sums[i]))];
    }
}
