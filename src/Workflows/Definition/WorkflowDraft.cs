using System.Collections.Immutable;

namespace AgentTeams.Workflows;

/// <summary>What a builder collected, before it is known to be sound.</summary>
internal sealed record WorkflowDraft<TState>(
    string Name,
    object Owner,
    IReadOnlyList<WorkflowNode<TState>> Nodes,
    IReadOnlyList<NodeHandle> Starts,
    IReadOnlyList<NodeHandle> Tails,
    IReadOnlyList<(NodeHandle From, NodeHandle To)> Edges,
    IReadOnlyList<(NodeHandle From, BranchBuilder<TState> Branch)> Branches)
    where TState : notnull
{
    public bool Owns(NodeHandle handle) => handle.IsEnd || ReferenceEquals(handle.Owner, Owner);

    /// <summary>Where each node leads when it succeeds; handles of other builders are left out.</summary>
    public List<int>[] Successors()
    {
        var next = NewLists();
        foreach (var (from, to) in Edges) Connect(next, from, to);
        foreach (var (from, branch) in Branches)
        {
            foreach (var c in branch.Cases) Connect(next, from, c.Target);
        }

        // What a branch or a loop begins with ends it too, unless something goes on from there.
        foreach (var tail in Tails.Concat(Nodes.SelectMany(n => n.Inside)))
        {
            if (Owns(tail) && !tail.IsEnd && next[tail.Index].Count == 0) next[tail.Index].Add(Workflow.EndIndex);
        }

        return next;
    }

    /// <summary>Where each node leads when it succeeds or fails.</summary>
    public List<int>[] SuccessorsWithErrors()
    {
        var next = Successors();
        for (var i = 0; i < Nodes.Count; i++)
        {
            if (Nodes[i].Options.OnError is { } route && Owns(route.Target)) next[i].Add(route.Target.Index);
        }

        return next;
    }

    /// <summary>What runs from each node on until it reaches the end: the workflow itself, and every branch and loop.</summary>
    public IEnumerable<(int Around, string Name, HashSet<int> Nodes)> Regions()
    {
        var next = SuccessorsWithErrors();
        foreach (var start in Starts.Where(s => Owns(s) && !s.IsEnd).Take(1)) yield return (-1, "the workflow itself", Reachability.From(start.Index, next));
        for (var i = 0; i < Nodes.Count; i++)
        {
            foreach (var start in Nodes[i].Inside.Where(s => Owns(s) && !s.IsEnd))
                yield return (i, $"'{Nodes[i].Name}' ({start.Name})", Reachability.From(start.Index, next));
        }
    }

    public WorkflowGraph<TState> ToGraph()
    {
        var exits = new ImmutableArray<BranchCase<TState>>[Nodes.Count];
        Array.Fill(exits, [new(null, Workflow.End, Workflow.End.Name)]);
        foreach (var (from, to) in Edges)
        {
            if (!from.IsEnd) exits[from.Index] = [new(null, to, to.Name)];
        }

        foreach (var (from, branch) in Branches) exits[from.Index] = [.. branch.Cases];
        var choices = new bool[Nodes.Count];
        foreach (var (from, _) in Branches) choices[from.Index] = true;
        var around = new int[Nodes.Count];
        foreach (var (node, _, inside) in Regions())
        {
            foreach (var i in inside) around[i] = node;
        }

        return new(Name, [.. Nodes], Starts[0].Index, [.. exits], [.. choices], [.. around]);
    }

    private void Connect(List<int>[] next, NodeHandle from, NodeHandle to)
    {
        if (Owns(from) && Owns(to) && !from.IsEnd) next[from.Index].Add(to.Index);
    }

    private List<int>[] NewLists()
    {
        var lists = new List<int>[Nodes.Count];
        for (var i = 0; i < lists.Length; i++) lists[i] = [];
        return lists;
    }
}

/// <summary>A sound definition, shared by all runs.</summary>
/// <param name="Name">The workflow's name.</param>
/// <param name="Nodes">The nodes, in declaration order.</param>
/// <param name="Start">The index of the first node.</param>
/// <param name="Exits">The ways on from each node; the last has no condition.</param>
/// <param name="HasChoice">Whether a node's exits were declared as a branch.</param>
/// <param name="Around">The node that each node runs inside of, -1 for the workflow itself.</param>
internal sealed record WorkflowGraph<TState>(
    string Name,
    ImmutableArray<WorkflowNode<TState>> Nodes,
    int Start,
    ImmutableArray<ImmutableArray<BranchCase<TState>>> Exits,
    ImmutableArray<bool> HasChoice,
    ImmutableArray<int> Around)
    where TState : notnull;
