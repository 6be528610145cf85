using System.Globalization;

namespace AgentTeams.Workflows;

/// <summary>An arrow of a drawing.</summary>
internal readonly record struct GraphEdge(string From, string To, string? Label, bool IsDashed);

/// <summary>How far a node got in a run, for a drawing.</summary>
public enum NodeProgress
{
    /// <summary>It was entered and has not ended.</summary>
    Running,

    /// <summary>It waits for an answer from outside.</summary>
    Waiting,

    /// <summary>Its last visit ended well.</summary>
    Completed,

    /// <summary>Its last visit failed or was cancelled.</summary>
    Failed,
}

/// <summary>The arrows of a workflow, in whatever language they are drawn.</summary>
internal static class GraphEdges
{
    public const string Error = "error";

    /// <param name="graph">The workflow.</param>
    /// <param name="end">The end's id.</param>
    /// <param name="node">What the id of a node begins with.</param>
    /// <param name="join">What the id of the place begins with where what is inside of a node ends.</param>
    public static IEnumerable<GraphEdge> Of<TState>(WorkflowGraph<TState> graph, string end, string node, string join)
        where TState : notnull
    {
        for (var i = 0; i < graph.Nodes.Length; i++)
        {
            var isAround = graph.Nodes[i].Inside.Count > 0;
            var from = Id(isAround ? join : node, i);
            foreach (var inside in graph.Nodes[i].Inside) yield return new(Id(node, i), Id(node, inside.Index), null, graph.Nodes[i].Shape == NodeShape.Parallel && IsConditional(graph.Nodes[i], inside));
            foreach (var exit in graph.Exits[i]) yield return new(from, Target(exit.Target, i), graph.HasChoice[i] ? exit.Label : null, false);
            if (graph.Nodes[i].Options.OnError is { } route) yield return new(from, Target(route.Target, i), Error, true);
        }

        string Target(NodeHandle target, int of) => !target.IsEnd ? Id(node, target.Index) : graph.Around[of] < 0 ? end : Id(join, graph.Around[of]);
    }

    public static string ColorOf(NodeProgress progress) => progress switch
    {
        NodeProgress.Running => "#cde4ff",
        NodeProgress.Waiting => "#ffe9b3",
        NodeProgress.Completed => "#d3f2d3",
        _ => "#f8d0d0",
    };

    private static bool IsConditional<TState>(WorkflowNode<TState> node, NodeHandle start)
        where TState : notnull => node is ParallelNode<TState> parallel && parallel.Branches.Any(b => b.Start == start && b.Condition is not null);

    private static string Id(string kind, int index) => string.Create(CultureInfo.InvariantCulture, $"{kind}{index}");
}
