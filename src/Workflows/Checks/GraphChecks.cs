namespace AgentTeams.Workflows;

/// <summary>Whether every node can be reached and every run can end.</summary>
internal static class GraphChecks
{
    public static IEnumerable<WorkflowProblem> Run<TState>(WorkflowDraft<TState> draft)
        where TState : notnull
    {
        var starts = draft.Starts.Where(s => draft.Owns(s) && !s.IsEnd).ToList();
        if (draft.Starts.Count == 0)
            yield return new(draft.Name, "No start is declared.", "Call Start with the first node.");
        if (draft.Starts.Count > 1)
            yield return new(draft.Name, $"{draft.Starts.Count} starts are declared: {string.Join(", ", draft.Starts)}.", "Call Start once, and From for the other chains.");

        var next = draft.Successors();
        if (starts.Count > 0)
        {
            var leads = draft.SuccessorsWithErrors();
            for (var i = 0; i < leads.Length; i++) leads[i].AddRange(draft.Nodes[i].Inside.Where(s => draft.Owns(s) && !s.IsEnd).Select(s => s.Index));
            var reached = Reachability.From(starts[0].Index, leads);
            for (var i = 0; i < draft.Nodes.Count; i++)
            {
                if (!reached.Contains(i)) yield return new($"{draft.Name}/{draft.Nodes[i].Name}", "The node can never be reached.", "Lead to it with Then, Branch or OnError, or remove it.");
            }
        }

        for (var i = 0; i < next.Length; i++)
        {
            if (next[i].Count == 0) yield return new($"{draft.Name}/{draft.Nodes[i].Name}", "The node leads nowhere.", "Go on with From(node).Then(...), to Workflow.End if the run ends here.");
        }

        foreach (var cycle in Traps(next))
        {
            var names = cycle.Select(i => draft.Nodes[i].Name).ToList();
            yield return new($"{draft.Name}/{names[0]}", $"The cycle {string.Join(" -> ", names.Append(names[0]))} has no way out.", "Branch to Workflow.End, or to a node outside, from one of its nodes.");
        }
    }

    /// <summary>Sets of nodes that reach one another and nothing else, one order of visits each.</summary>
    private static IEnumerable<List<int>> Traps(List<int>[] next)
    {
        var reach = Enumerable.Range(0, next.Length).Select(i => Reachability.From(i, next)).ToArray();
        var reported = new HashSet<int>();
        for (var i = 0; i < next.Length; i++)
        {
            if (next[i].Count == 0 || reported.Contains(i)) continue;
            var trapped = reach[i].All(j => next[j].Count > 0 && !next[j].Contains(Workflow.EndIndex) && reach[j].Contains(i));
            if (!trapped) continue;
            reported.UnionWith(reach[i]);
            yield return Walk(i, next);
        }
    }

    private static List<int> Walk(int start, List<int>[] next)
    {
        var path = new List<int>();
        for (var node = start; ; node = next[node][0])
        {
            var seen = path.IndexOf(node);
            if (seen >= 0) return path[seen..];
            path.Add(node);
        }
    }
}
