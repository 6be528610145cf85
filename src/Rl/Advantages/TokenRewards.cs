namespace AgentTeams.Rl;

/// <summary>When the rewards of a trajectory fall due, as every role sees it: a stream of its own tokens, each reward once.</summary>
internal sealed class TokenRewards
{
    private readonly Dictionary<Trajectory, double[]?[]> _known = new(ReferenceEqualityComparer.Instance);

    /// <summary>One value for each completion token of an invocation.</summary>
    public double[] Of(InvocationReturn invocation)
    {
        var (trajectory, node, earned) = (invocation.Trajectory, invocation.Node, invocation.Return);
        if (!_known.TryGetValue(trajectory, out var all)) _known[trajectory] = all = Spread(trajectory);
        var at = trajectory.Nodes.IndexOf(node);
        if (at >= 0 && all[at] is { } rewards) return rewards;
        // An answer that was asked for again is judged by what it is said to earn alone.
        var own = new double[Length(node)];
        own[^1] = earned;
        return own;
    }

    private static int Length(TrajectoryNode node) => Math.Max(1, node.Tokens?.CompletionIds.Length ?? 1);

    private static double[]?[] Spread(Trajectory trajectory)
    {
        var rewards = new double[]?[trajectory.Nodes.Length];
        int[] invocations = [.. Invocations.Of(trajectory)];
        foreach (var i in invocations) rewards[i] = new double[Length(trajectory.Nodes[i])];
        foreach (var reward in trajectory.Rewards)
        {
            IEnumerable<int> due = RewardAttribution.Earners(trajectory, reward);
            if (reward.Target.NodeId is null) due = due.GroupBy(i => trajectory.Nodes[i].Role, StringComparer.Ordinal).Select(g => g.Max());
            foreach (var i in due)
            {
                if (rewards[i] is { } tokens) tokens[reward.Target.LastToken ?? (tokens.Length - 1)] += reward.Weight * reward.Value;
            }
        }

        return rewards;
    }
}
