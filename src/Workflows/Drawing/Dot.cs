using System.Globalization;
using System.Text;

namespace AgentTeams.Workflows;

internal static class Dot
{
    public static string Draw<TState>(WorkflowGraph<TState> graph, IReadOnlyDictionary<string, NodeProgress>? progress = null)
        where TState : notnull
    {
        var text = new StringBuilder();
        text.Append("digraph ").Append(Quote(graph.Name)).Append(" {\n");
        Line(text, "start [shape=circle]");
        for (var i = 0; i < graph.Nodes.Length; i++)
        {
            var node = graph.Nodes[i];
            var shape = node.Shape switch
            {
                NodeShape.Role => "ellipse",
                NodeShape.Tool or NodeShape.Workflow => "component",
                NodeShape.Human => "parallelogram",
                NodeShape.Parallel or NodeShape.Loop or NodeShape.Map => "hexagon",
                _ => "box",
            };
            var color = progress is not null && progress.TryGetValue(node.Name, out var reached) ? $", style=filled, fillcolor=\"{GraphEdges.ColorOf(reached)}\"" : "";
            Line(text, $"n{i} [label={Quote(node.Name)}, shape={shape}{color}]");
            if (node.Inside.Count > 0) Line(text, $"j{i} [label=\"\", shape=point]");
        }

        Line(text, "done [label=end, shape=doublecircle]");
        Line(text, string.Create(CultureInfo.InvariantCulture, $"start -> n{graph.Start}"));
        foreach (var edge in GraphEdges.Of(graph, "done", "n", "j"))
        {
            string?[] attributes = [edge.Label is null ? null : $"label={Quote(edge.Label)}", edge.IsDashed ? "style=dashed" : null];
            var given = string.Join(", ", attributes.OfType<string>());
            Line(text, given.Length == 0 ? $"{edge.From} -> {edge.To}" : $"{edge.From} -> {edge.To} [{given}]");
        }

        return text.Append("}\n").ToString();
    }

    private static string Quote(string label) => $"\"{label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static void Line(StringBuilder text, string line) => text.Append("    ").Append(line).Append(";\n");
}
