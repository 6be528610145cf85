namespace AgentTeams.Workflows;

/// <summary>Everything about a definition that can be known before a run.</summary>
internal static class DefinitionChecks
{
    public static List<WorkflowProblem> Run<TState>(WorkflowDraft<TState> draft)
        where TState : notnull
    {
        var problems = new List<WorkflowProblem>();
        problems.AddRange(StateChecks.Run(draft.Name, typeof(TState)));
        problems.AddRange(Names(draft));
        foreach (var node in draft.Nodes) problems.AddRange(node.Check($"{draft.Name}/{node.Name}"));
        problems.AddRange(Handles(draft));
        problems.AddRange(Exits(draft));
        problems.AddRange(GraphChecks.Run(draft));
        problems.AddRange(RegionChecks.Run(draft));
        return problems;
    }

    private static IEnumerable<WorkflowProblem> Names<TState>(WorkflowDraft<TState> draft)
        where TState : notnull
    {
        foreach (var twice in draft.Nodes.GroupBy(n => n.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
            yield return new($"{draft.Name}/{twice.Key}", $"The name '{twice.Key}' is used by {twice.Count()} nodes.", "Set NodeOptions.Name to give each its own.") { IsSharedName = true };
        foreach (var node in draft.Nodes.Where(n => string.IsNullOrWhiteSpace(n.Name) || n.Name.AsSpan().IndexOfAny('/', '#') >= 0))
            yield return new($"{draft.Name}/{node.Name}", $"The name '{node.Name}' is empty or holds '/' or '#', which separate the parts of node ids.", "Set NodeOptions.Name to another name.");
    }

    private static IEnumerable<WorkflowProblem> Handles<TState>(WorkflowDraft<TState> draft)
        where TState : notnull
    {
        var used = draft.Starts
            .Concat(draft.Tails)
            .Concat(draft.Edges.SelectMany(e => new[] { e.From, e.To }))
            .Concat(draft.Branches.Select(b => b.From))
            .Concat(draft.Branches.SelectMany(b => b.Branch.Cases.Select(c => c.Target)))
            .Concat(draft.Nodes.Select(n => n.Options.OnError?.Target).OfType<NodeHandle>())
            .Concat(draft.Nodes.SelectMany(n => n.Inside));
        foreach (var foreign in used.Where(h => !draft.Owns(h)).Distinct())
            yield return new($"{draft.Name}/{foreign.Name}", $"The handle '{foreign.Name}' belongs to another builder.", "Use the handles that this builder returned.");
        if (draft.Edges.Any(e => e.From.IsEnd) || draft.Branches.Any(b => b.From.IsEnd) || draft.Starts.Concat(draft.Nodes.SelectMany(n => n.Inside)).Any(s => s.IsEnd))
            yield return new(draft.Name, "Workflow.End is used as a node that something follows.", "Let it be a target only; begin a new chain with From.");
    }

    private static IEnumerable<WorkflowProblem> Exits<TState>(WorkflowDraft<TState> draft)
        where TState : notnull
    {
        foreach (var edges in draft.Edges.Where(e => !e.From.IsEnd).GroupBy(e => e.From).Where(g => g.Count() > 1))
            yield return new($"{draft.Name}/{edges.Key}", $"The node has {edges.Count()} edges, to {string.Join(" and ", edges.Select(e => $"'{e.To}'"))}.", "Keep one, or choose with Branch.");
        foreach (var branches in draft.Branches.GroupBy(b => b.From))
        {
            var path = $"{draft.Name}/{branches.Key}";
            if (branches.Count() > 1) yield return new(path, $"The node has {branches.Count()} branches.", "Put all cases into one Branch.");
            if (draft.Edges.Any(e => e.From == branches.Key)) yield return new(path, "The node has both an edge and a branch.", "Remove the Then after it, or make it the branch's Otherwise.");
            foreach (var (_, branch) in branches)
            {
                if (!branch.HasOtherwise) yield return new(path, "The branch has no Otherwise, so a state may have no way on.", "Add Otherwise as its last case.");
                else if (branch.Cases.TakeWhile(c => c.Condition is not null).Count() < branch.Cases.Count - 1)
                    yield return new(path, "Cases after the branch's Otherwise can never be taken.", "Make one Otherwise the last case.");
            }
        }
    }
}
