using System.Globalization;
using System.Text;

namespace AgentTeams.Workflows;

internal static class Mermaid
{
    public static string Draw<TState>(WorkflowGraph<TState> graph)
        where TState : notnull
    {
        var text = new StringBuilder("flowchart TD\n    start((start))\n");
        for (var i = 0; i < graph.Nodes.Length; i++)
        {
            var name = Escape(graph.Nodes[i].Name);
            Line(text, graph.Nodes[i].Kind switch
            {
                NodeKind.Role => $"n{i}([\"{name}\"])",
                NodeKind.Tool => $"n{i}[[\"{name}\"]]",
                _ => $"n{i}[\"{name}\"]",
            });
        }

        text.Append("    done((end))\n");
        Line(text, $"start --> n{graph.Start}");
        for (var i = 0; i < graph.Nodes.Length; i++)
        {
            foreach (var exit in graph.Exits[i])
                Line(text, graph.HasChoice[i] ? $"n{i} -->|\"{Escape(exit.Label)}\"| {Id(exit.Target)}" : $"n{i} --> {Id(exit.Target)}");
            if (graph.Nodes[i].Options.OnError is { } route) Line(text, $"n{i} -.->|error| {Id(route.Target)}");
        }

        return text.ToString();
    }

    private static string Id(NodeHandle target) => target.IsEnd ? "done" : string.Create(CultureInfo.InvariantCulture, $"n{target.Index}");

    private static string Escape(string label) => label.Replace("\"", "#quot;", StringComparison.Ordinal);

    private static void Line(StringBuilder text, string line) => text.Append("    ").Append(line).Append('\n');
}
