namespace AgentTeams.Rl;

/// <summary>
/// Which nodes of a trajectory are role invocations in the sense of credit, groups and training. A call that broke says nothing about
/// its role. An answer that failed validation and was asked for again is no part of what the run's reward judges. Where no attempt of a
/// visit was accepted, its attempts are what the visit came to, and all of them are invocations. What a fork inherited is its parent's, and counts there; what a
/// join went on without counts nowhere.
/// </summary>
internal static class Invocations
{
    /// <summary>Indices of the invocations, ascending.</summary>
    public static IEnumerable<int> Of(Trajectory trajectory) => Find(trajectory, superseded: false);

    /// <summary>Indices of the calls of answers that were asked for again and then accepted, ascending.</summary>
    public static IEnumerable<int> Superseded(Trajectory trajectory) => Find(trajectory, superseded: true);

    private static IEnumerable<int> Find(Trajectory trajectory, bool superseded)
    {
        var roles = Enumerable.Range(0, trajectory.Nodes.Length).Where(i => trajectory.Nodes[i] is { Kind: NodeKind.Role, Inherited: false, Discarded: false }).ToList();
        var accepted = roles.GroupBy(i => VisitOf(trajectory.Nodes[i])).ToDictionary(g => g.Key, g => AcceptedAttempt([.. g.Select(i => trajectory.Nodes[i])]));
        return roles.Where(i => trajectory.Nodes[i] is var node && node.Error?.Cause != FailureCause.Infrastructure
            && (accepted[VisitOf(node)] is { } attempt && node.Attempt < attempt) == superseded);
    }

    // The calls of one visit have its id, or its id with their number.
    private static string VisitOf(TrajectoryNode node) => node.Id.LastIndexOf("/call-", StringComparison.Ordinal) is > 0 and var at ? node.Id[..at] : node.Id;

    private static int? AcceptedAttempt(IReadOnlyList<TrajectoryNode> visit)
    {
        var last = visit.Max(n => n.Attempt);
        return visit.All(n => n.Attempt < last || n.Error is null) ? last : null;
    }
}
