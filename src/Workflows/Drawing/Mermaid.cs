using System.Globalization;
using System.Text;

namespace AgentTeams.Workflows;

internal static class Mermaid
{
    public static string Draw<TState>(WorkflowGraph<TState> graph, IReadOnlyDictionary<string, NodeProgress>? progress = null)
        where TState : notnull
    {
        var text = new StringBuilder("flowchart TD\n    start((start))\n");
        for (var i = 0; i < graph.Nodes.Length; i++)
        {
            var name = Escape(graph.Nodes[i].Name);
            Line(text, graph.Nodes[i].Shape switch
            {
                NodeShape.Role => $"n{i}([\"{name}\"])",
                NodeShape.Tool or NodeShape.Workflow => $"n{i}[[\"{name}\"]]",
                NodeShape.Human => $"n{i}[/\"{name}\"/]",
                NodeShape.Parallel or NodeShape.Loop or NodeShape.Map => $"n{i}{{{{\"{name}\"}}}}",
                _ => $"n{i}[\"{name}\"]",
            });
            if (graph.Nodes[i].Inside.Count > 0) Line(text, $"j{i}((\" \"))");
        }

        text.Append("    done((end))\n");
        Line(text, $"start --> n{graph.Start}");
        foreach (var edge in GraphEdges.Of(graph, "done", "n", "j"))
            Line(text, edge.Label is null ? $"{edge.From} {Arrow(edge)} {edge.To}" : $"{edge.From} {Arrow(edge)}|{(edge.Label == GraphEdges.Error ? edge.Label : $"\"{Escape(edge.Label)}\"")}| {edge.To}");
        Color(text, graph, progress);
        return text.ToString();
    }

    private static string Arrow(GraphEdge edge) => edge.IsDashed ? "-.->" : "-->";

    private static void Color<TState>(StringBuilder text, WorkflowGraph<TState> graph, IReadOnlyDictionary<string, NodeProgress>? progress)
        where TState : notnull
    {
        if (progress is null) return;
        foreach (var state in Enum.GetValues<NodeProgress>())
        {
            var nodes = Enumerable.Range(0, graph.Nodes.Length).Where(i => progress.TryGetValue(graph.Nodes[i].Name, out var reached) && reached == state).Select(i => string.Create(CultureInfo.InvariantCulture, $"n{i}")).ToList();
            if (nodes.Count == 0) continue;
            Line(text, $"classDef {state.ToString().ToLowerInvariant()} fill:{GraphEdges.ColorOf(state)}");
            Line(text, $"class {string.Join(',', nodes)} {state.ToString().ToLowerInvariant()}");
        }
    }

    private static string Escape(string label) => label.Replace("\"", "#quot;", StringComparison.Ordinal);

    private static void Line(StringBuilder text, string line) => text.Append("    ").Append(line).Append('\n');
}
