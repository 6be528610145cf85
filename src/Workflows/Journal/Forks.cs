namespace AgentTeams.Workflows;

/// <summary>What a fork has from its parent.</summary>
internal static class Forks
{
    /// <summary>Everything but what came after a visit: later visits of its scope, and how the nodes around it ended.</summary>
    public static IEnumerable<JournalItem> Inherit(IEnumerable<JournalItem> items, VisitPath last)
    {
        foreach (var item in items)
        {
            if (IsAfter(item.Path, last)) continue;
            switch (item)
            {
                case VisitCommit visit:
                    yield return new VisitCommit(visit.Path)
                    {
                        NodeId = visit.NodeId, Name = visit.Name, Node = visit.Node, Result = visit.Result, Fingerprint = visit.Fingerprint, Branch = visit.Branch, Error = visit.Error,
                        IsHandled = visit.IsHandled, IsCancelled = visit.IsCancelled, Remembered = visit.Remembered, Taken = visit.Taken, Earlier = visit.Earlier, Records = [.. Inherited(visit.Records)],
                    };
                    break;
                case CallCommit call:
                    yield return new CallCommit(call.Path, call.Call, call.Reply, [.. Inherited(call.Records)]);
                    break;
                default:
                    yield return item;
                    break;
            }
        }
    }

    private static IEnumerable<TrajectoryNode> Inherited(IEnumerable<TrajectoryNode> records) => records.Select(r => r with { Inherited = true });

    // Numbers of visits and of branches take turns; branches run side by side, visits of one scope follow one another.
    private static bool IsAfter(VisitPath path, VisitPath last)
    {
        for (var i = 0; i < path.Length && i < last.Length; i++)
        {
            if (path.Parts[i] == last.Parts[i]) continue;
            return i % 2 == 0 && path.Parts[i] > last.Parts[i];
        }

        return path.Length < last.Length;
    }
}
