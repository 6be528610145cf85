namespace AgentTeams.Collaboration;

/// <summary>How parallel nodes of a graph stand inside of each other.</summary>
internal static class ParallelNesting
{
    private const int MaxDepth = 32;

    /// <summary>The first node that stands inside of itself, or too deep; null where there is none.</summary>
    public static (string Node, string Problem)? ProblemOf(GraphDefinition graph)
    {
        var inside = graph.Nodes.OfType<ParallelGraphNode>().GroupBy(n => n.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First().Branches, StringComparer.Ordinal);
        foreach (var name in inside.Keys)
        {
            // Breadth first: a level more for each step, and no recursion on what others wrote.
            var level = new HashSet<string>([name], StringComparer.Ordinal);
            for (var depth = 0; level.Count > 0; depth++)
            {
                if (depth == MaxDepth) return (name, $"'{name}' holds nodes that run side by side more than {MaxDepth} deep inside of each other. Let them follow one another.");
                level = [.. level.SelectMany(n => inside.TryGetValue(n, out var branches) ? branches : [])];
                if (level.Contains(name)) return (name, $"'{name}' stands inside of itself: a branch of it runs '{name}' again. Lead back with 'next', which makes a loop.");
            }
        }

        return null;
    }
}
