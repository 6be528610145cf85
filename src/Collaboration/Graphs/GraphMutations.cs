using System.Collections.Immutable;

namespace AgentTeams.Collaboration;

/// <summary>Changes of a graph that leave it a graph: what a search over graphs tries. Each is a pure function of the graph.</summary>
public static class GraphMutations
{
    /// <summary>Every graph that one change makes of this one, in a fixed order: a node left out, two roles that change places, a role that works by itself made several that vote, the other way round, and a round more or less.</summary>
    /// <param name="graph">The graph.</param>
    public static IReadOnlyList<GraphMutation> Of(GraphDefinition graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return [.. WithoutOne(graph).Concat(Swapped(graph)).Concat(Voted(graph)).Concat(Alone(graph)).Concat(Rounds(graph)).Where(m => m.Graph != graph && IsGraph(m.Graph))];
    }

    // What led to a node that is left out leads on to where it led always; texts that named it name nothing any more.
    private static IEnumerable<GraphMutation> WithoutOne(GraphDefinition graph)
    {
        foreach (var node in graph.Nodes.Where(n => graph.Nodes.Length > 1 && !GraphState.NamesIn(graph.Answer).Contains(n.Name)))
        {
            var after = node.Next is [.., { When: null } last] ? last.To : GraphDefinition.End;
            if (graph.Start == node.Name && after == GraphDefinition.End) continue;
            var kept = graph.Nodes.Where(n => n != node).Select(n => Renamed(n with { Next = [.. n.Next.Where(e => e.When?.Node != node.Name).Select(e => e.To == node.Name ? e with { To = after } : e)] }, node.Name));
            yield return new($"without {node.Name}", graph with { Nodes = [.. kept], Start = graph.Start == node.Name ? after : graph.Start });
        }
    }

    private static GraphNode Renamed(GraphNode node, string gone)
    {
        string Without(string text) => text.Replace($"{{{gone}}}", "", StringComparison.Ordinal).Trim();
        return node switch
        {
            RoleGraphNode role => role with { Prompt = Without(role.Prompt) },
            ToolGraphNode tool => tool with { Arguments = tool.Arguments.ToImmutableSortedDictionary(a => a.Key, a => Without(a.Value), StringComparer.Ordinal) },
            PatternGraphNode pattern => pattern with { Prompt = Without(pattern.Prompt) },
            ParallelGraphNode side => side with { Branches = side.Branches.Remove(gone) },
            _ => node,
        };
    }

    private static IEnumerable<GraphMutation> Swapped(GraphDefinition graph)
    {
        var roles = graph.Nodes.OfType<RoleGraphNode>().ToList();
        for (var i = 0; i < roles.Count; i++)
        {
            foreach (var other in roles.Skip(i + 1).Where(o => o.Role != roles[i].Role))
            {
                var one = roles[i];
                yield return new($"{one.Name} by {other.Role}, {other.Name} by {one.Role}", Replaced(Replaced(graph, one with { Role = other.Role }), other with { Role = one.Role }));
            }
        }
    }

    private static IEnumerable<GraphMutation> Voted(GraphDefinition graph)
    {
        foreach (var node in graph.Nodes.OfType<RoleGraphNode>())
        {
            string[] voters = [.. Enumerable.Range(1, 3).Select(i => $"{node.Role}-{i}")];
            if (voters.Any(graph.Roles.ContainsKey)) continue;
            var role = graph.Roles[node.Role];
            var voted = new PatternGraphNode { Name = node.Name, Next = node.Next, Pattern = GraphPattern.Concurrent, Members = [.. voters], Prompt = node.Prompt };
            yield return new($"{node.Name} by a vote", Replaced(graph, voted) with { Roles = graph.Roles.AddRange(voters.Select(v => KeyValuePair.Create(v, role))) });
        }
    }

    private static IEnumerable<GraphMutation> Alone(GraphDefinition graph) =>
        graph.Nodes.OfType<PatternGraphNode>().Select(node => new GraphMutation($"{node.Name} by {node.Members[0]} alone", Replaced(graph, new RoleGraphNode { Name = node.Name, Next = node.Next, Role = node.Members[0], Prompt = node.Prompt })));

    private static IEnumerable<GraphMutation> Rounds(GraphDefinition graph) => graph.Nodes.OfType<PatternGraphNode>().Where(n => n.Rounds is not null).SelectMany(node => new[] { node.Rounds!.Value + 1, node.Rounds.Value - 1 }
        .Where(rounds => rounds >= 1).Select(rounds => new GraphMutation($"{node.Name} in {rounds} rounds", Replaced(graph, node with { Rounds = rounds }))));

    private static GraphDefinition Replaced(GraphDefinition graph, GraphNode node) => graph with { Nodes = [.. graph.Nodes.Select(n => n.Name == node.Name ? node : n)] };

    private static bool IsGraph(GraphDefinition graph)
    {
        try
        {
            GraphDefinition.Read(graph.ToJson());
            return true;
        }
        catch (GraphFormatException)
        {
            return false;
        }
    }
}

/// <summary>A graph that was made of another by one change.</summary>
/// <param name="Change">The change, for people.</param>
/// <param name="Graph">The graph.</param>
public sealed record GraphMutation(string Change, GraphDefinition Graph);
