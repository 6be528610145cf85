namespace AgentTeams.Workflows;

/// <summary>Whether what runs inside of parallel nodes and loops is apart from everything else.</summary>
internal static class RegionChecks
{
    public static IEnumerable<WorkflowProblem> Run<TState>(WorkflowDraft<TState> draft)
        where TState : notnull
    {
        var regions = draft.Regions().ToList();
        for (var i = 0; i < draft.Nodes.Count; i++)
        {
            var inside = regions.Where(r => r.Nodes.Contains(i)).Select(r => r.Name).ToList();
            if (inside.Count > 1)
            {
                yield return new($"{draft.Name}/{draft.Nodes[i].Name}", $"The node is reached inside of {string.Join(" and of ", inside)}.",
                    "Give each a node of its own; a branch or a round ends at Workflow.End, and what follows the parallel node or loop follows it with Then.");
            }
        }

        foreach (var node in draft.Nodes.OfType<ParallelNode<TState>>().Where(n => n.Folds))
        {
            var branches = node.Branches.Where(b => draft.Owns(b.Start) && !b.Start.IsEnd)
                .Select(b => (b.Label, (IReadOnlyList<StateWrites>)[.. Reachability.From(b.Start.Index, draft.SuccessorsWithErrors()).SelectMany(i => draft.Nodes[i].Writes)])).ToList();
            foreach (var problem in Overwrites.Find($"{draft.Name}/{node.Name}", branches)) yield return problem;
        }
    }
}
