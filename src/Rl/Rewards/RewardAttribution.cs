namespace AgentTeams.Rl;

/// <summary>Which role invocations a shaped reward is about.</summary>
internal static class RewardAttribution
{
    public static void Check(Trajectory trajectory, Reward reward)
    {
        // A turn or a role in which nobody spoke is for the credit assigner to judge.
        if (reward.Target.NodeId is not { } id) return;
        var node = trajectory.Nodes.FirstOrDefault(n => n.Id == id)
            ?? throw new AgentTeamsException($"The reward '{reward.Name}' names the node '{id}', which trajectory '{trajectory.Id}' does not have. Name one of its own.");
        var tokens = node.Tokens?.CompletionIds.Length ?? 0;
        if (reward.Target.LastToken >= tokens)
            throw new AgentTeamsException($"The reward '{reward.Name}' names the token {reward.Target.LastToken} of the node '{id}' of trajectory '{trajectory.Id}', "
                + $"whose completion has {tokens} recorded tokens. Name one of them, or reward the node as a whole.");
    }

    /// <summary>
    /// Indices into <see cref="Trajectory.Nodes"/>; never empty for a shaped reward, so that no reward is lost, unless it is about what a fork inherited: that was earned in its parent.
    /// </summary>
    public static IReadOnlyList<int> Earners(Trajectory trajectory, Reward reward)
    {
        Check(trajectory, reward);
        var earners = Find(trajectory, reward.Target);
        if (earners.Count == 0 && reward.Target.Scope != RewardScope.Trajectory && !IsAboutInherited(trajectory, reward.Target))
            throw new AgentTeamsException($"The reward '{reward.Name}' for the {reward.Target.Scope} '{reward.Target}' of trajectory '{trajectory.Id}' "
                + "belongs to no role invocation, so nobody could learn from it. Reward a role, turn or node in which a role spoke, or use joint credit.");
        return earners;
    }

    /// <summary>Whether all that a reward is about was inherited, so that it is the parent's that counts.</summary>
    public static bool IsInherited(Trajectory fork, Reward reward) =>
        reward.Target.Scope != RewardScope.Trajectory && Find(fork, reward.Target).Count == 0 && IsAboutInherited(fork, reward.Target);

    /// <summary>The turn in which a reward falls due, also where a fork inherited what it is about; null for the whole trajectory's.</summary>
    public static int? TurnOf(Trajectory trajectory, Reward reward) => reward.Target.Scope == RewardScope.Trajectory
        ? null
        : Earners(trajectory, reward).Concat(reward.Target.NodeId is { } node ? Callers(trajectory, node) : []).Select(i => trajectory.Nodes[i])
            .Concat(trajectory.Nodes.Where(n => n.Inherited && IsAbout(reward.Target, n))).Max(n => n.Turn);

    /// <summary>The roles among whose invocations the reward is earned; none where nobody earns it.</summary>
    public static IEnumerable<string> Roles(Trajectory trajectory, Reward reward) =>
        Find(trajectory, reward.Target).Select(i => trajectory.Nodes[i].Role).OfType<string>().Distinct(StringComparer.Ordinal);

    private static List<int> Find(Trajectory trajectory, RewardTarget target) => target switch
    {
        { Turn: { } turn } => Speakers(trajectory, n => n.Turn == turn && (target.Role is null || n.Role == target.Role)),
        { Role: { } role } => Speakers(trajectory, n => n.Role == role),
        { NodeId: { } node } => [.. Callers(trajectory, node).Where(i => !trajectory.Nodes[i].Inherited)],
        _ => [.. Invocations.Of(trajectory)],
    };

    // Tools run again in a fork, but who called them may be inherited.
    private static bool IsAboutInherited(Trajectory trajectory, RewardTarget target) => trajectory.Nodes.Any(n => n.Inherited && IsAbout(target, n))
        || (target.NodeId is { } node && Callers(trajectory, node).Any(i => trajectory.Nodes[i].Inherited));

    private static bool IsAbout(RewardTarget target, TrajectoryNode node) => node.Kind == NodeKind.Role && !node.Discarded
        && (target.NodeId == node.Id || (target.NodeId is null && (target.Turn ?? node.Turn) == node.Turn && (target.Role ?? node.Role) == node.Role));

    // A reward for calls that all broke is nobody's lesson, but no mistake of the reward either.
    private static List<int> Speakers(Trajectory trajectory, Func<TrajectoryNode, bool> isMeant)
    {
        List<int> counted = [.. Invocations.Of(trajectory).Where(i => isMeant(trajectory.Nodes[i]))];
        return counted.Count > 0
            ? counted
            : [.. Enumerable.Range(0, trajectory.Nodes.Length).Where(i => trajectory.Nodes[i] is { Kind: NodeKind.Role, Inherited: false, Discarded: false } && isMeant(trajectory.Nodes[i]))];
    }

    // A tool's or function's reward is earned by the nearest role calls before it, along every path.
    private static List<int> Callers(Trajectory trajectory, string id)
    {
        var found = new SortedSet<int>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([id]);
        while (open.TryPop(out var next))
        {
            if (!seen.Add(next)) continue;
            if (IndexOf(trajectory, next) is not (>= 0 and var index)) continue;
            if (trajectory.Nodes[index].Kind == NodeKind.Role)
            {
                found.Add(index);
            }
            else foreach (var parent in trajectory.Nodes[index].Parents) open.Push(parent);
        }

        return [.. found];
    }

    private static int IndexOf(Trajectory trajectory, string id)
    {
        for (var i = 0; i < trajectory.Nodes.Length; i++)
        {
            if (trajectory.Nodes[i].Id == id) return i;
        }

        return -1;
    }
}
