using System.Collections.Immutable;
using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace AgentTeams.Collaboration;

/// <summary>Reads a graph and remembers where everything stood, so that each problem has its place.</summary>
internal sealed class GraphReader
{
    // A mixture has a node for each member and round.
    private const int MaxRounds = 100;
    private readonly List<GraphProblem> _problems = [];
    private readonly Dictionary<object, Mark> _places = new(ReferenceEqualityComparer.Instance);

    private GraphReader() { }

    public static GraphDefinition Read(string text)
    {
        var reader = new GraphReader();
        GraphDefinition? graph = null;
        try
        {
            var stream = new YamlStream();
            stream.Load(new ShallowParser(new Parser(new StringReader(text))));
            if (stream.Documents is [{ RootNode: YamlMappingNode root }]) graph = reader.ReadGraph(new(root, reader._problems));
            else reader._problems.Add(new(1, 1, "A graph is one mapping with name, roles, nodes, start and answer."));
        }
        catch (YamlException e)
        {
            reader._problems.Add(new(e.Start.Line, e.Start.Column, $"It is not YAML: {e.InnerException?.Message ?? e.Message}"));
        }

        if (graph is not null && reader._problems.Count == 0) reader.CheckNames(graph);
        return reader._problems.Count == 0 ? graph! : throw new GraphFormatException([.. reader._problems.OrderBy(p => p.Line).ThenBy(p => p.Column)]);
    }

    private GraphDefinition ReadGraph(YamlPart part)
    {
        var graph = new GraphDefinition
        {
            Name = part.Text("name"), Description = part.OptionalText("description") ?? "", Start = part.Text("start"), Answer = part.Text("answer"),
            Roles = part.Parts("roles", isNeeded: false).ToImmutableSortedDictionary(r => r.Name, r => ReadRole(r.Part), StringComparer.Ordinal),
            Nodes = [.. part.Parts("nodes").Select(n => ReadNode(n.Name, n.Part)).OfType<GraphNode>()],
        };
        part.End();
        _places[graph] = part.Start;
        return graph;
    }

    private GraphRole ReadRole(YamlPart part)
    {
        var role = new GraphRole
        {
            Instructions = part.OptionalText("instructions") ?? "", Description = part.OptionalText("description") ?? "", Tools = part.Texts("tools"), Choices = part.Texts("choices"), Temperature = part.Decimal("temperature", 0),
            MaxTokens = part.Number("max_tokens", 1), Remembers = part.Flag("remembers"),
        };
        part.End();
        _places[role] = part.Start;
        return role;
    }

    private GraphNode? ReadNode(string name, YamlPart part)
    {
        var next = ReadNext(part);
        GraphNode? node = part.OneOf("role", "tool", "parallel", "pattern") switch
        {
            "role" => new RoleGraphNode { Name = name, Next = next, Role = part.Text("role"), Prompt = part.Text("prompt") },
            "tool" => new ToolGraphNode { Name = name, Next = next, Tool = part.Text("tool"), Arguments = part.TextsByName("arguments") },
            "parallel" => new ParallelGraphNode { Name = name, Next = next, Branches = part.Texts("parallel", least: 2) },
            "pattern" => new PatternGraphNode
            {
                Name = name, Next = next, Pattern = part.Choice<GraphPattern>("pattern"), Members = part.Texts("members", least: 1), Judge = part.OptionalText("judge"), Rounds = part.Number("rounds", 1, MaxRounds), Prompt = part.Text("prompt"),
            },
            _ => null,
        };
        part.End();
        if (node is not null) _places[node] = part.Start;
        return node;
    }

    private ImmutableArray<GraphEdge> ReadNext(YamlPart part)
    {
        if (part.OptionalScalar("next") is { } only) return [Placed(new(only.Value ?? ""), only.Start)];
        return [.. part.PartList("next").Select(way =>
        {
            var edge = Placed(new(way.Text("to"), way.OptionalPart("when") is { } when ? ReadCondition(when) : null), way.Start);
            way.End();
            return edge;
        })];
    }

    private GraphCondition? ReadCondition(YamlPart part)
    {
        GraphCondition? condition = null;
        if (part.OptionalText("visits") is { } visited)
        {
            if (part.Number("at_least", 1) is { } count) condition = new(visited, GraphTest.VisitedAtLeast, count.ToString(CultureInfo.InvariantCulture));
            else part.Problem("The condition on visits needs at_least, a number.");
        }
        else if (part.OneOf("is", "is_not", "contains") is { } test)
        {
            condition = new(part.Text("text"), test switch { "is" => GraphTest.Is, "is_not" => GraphTest.IsNot, _ => GraphTest.Contains }, part.Text(test, mayBeEmpty: true));
        }

        part.End();
        if (condition is not null) _places[condition] = part.Start;
        return condition;
    }

    private GraphEdge Placed(GraphEdge edge, Mark at)
    {
        _places[edge] = at;
        return edge;
    }

    private void CheckNames(GraphDefinition graph)
    {
        var nodes = new HashSet<string>(graph.Nodes.Select(n => n.Name), StringComparer.Ordinal);
        if (!nodes.Contains(graph.Start)) Add(graph, $"The start '{graph.Start}' is no node. {Known(nodes)}");
        CheckTexts(graph, [graph.Answer], nodes);
        foreach (var name in nodes.Where(n => n is GraphDefinition.End or GraphDefinition.Task)) Add(graph.Find(name)!, $"A node is named '{name}', which has a meaning of its own. Name it otherwise.");
        foreach (var node in graph.Nodes)
        {
            CheckTexts(node, node.Texts, nodes);
            foreach (var edge in node.Next)
            {
                if (edge.To != GraphDefinition.End && !nodes.Contains(edge.To)) Add(edge, $"'{node.Name}' leads to '{edge.To}', which is no node. {Known(nodes)}");
                if (edge.When is { } when && !nodes.Contains(when.Node)) Add(when, $"The condition names '{when.Node}', which is no node. {Known(nodes)}");
            }

            if (!node.Next.IsEmpty && node.Next[^1].When is not null) Add(node.Next[^1], $"The last way from '{node.Name}' has a condition, so a run may have no way on. End with one that has only 'to'.");
            if (node.Next.Take(Math.Max(0, node.Next.Length - 1)).FirstOrDefault(e => e.When is null) is { } always) Add(always, $"The way from '{node.Name}' to '{always.To}' is always taken, so those behind it never are. Put it last.");
            foreach (var role in RolesOf(node).Where(r => !graph.Roles.ContainsKey(r))) Add(node, $"'{node.Name}' names the role '{role}', which is not declared. Declared are: {string.Join(", ", graph.Roles.Keys)}.");
            if (node is ParallelGraphNode side) foreach (var branch in side.Branches.Where(b => !nodes.Contains(b))) Add(node, $"'{node.Name}' runs '{branch}', which is no node. {Known(nodes)}");
            if (node is PatternGraphNode pattern) CheckPattern(pattern);
        }

        if (ParallelNesting.ProblemOf(graph) is { } nesting) Add(graph.Find(nesting.Node)!, nesting.Problem);
    }

    // What a pattern does not read would be lost without a word.
    private void CheckPattern(PatternGraphNode node)
    {
        var name = GraphNames.Of(node.Pattern);
        if (node is { Pattern: GraphPattern.GenerateVerifyRefine or GraphPattern.MixtureOfAgents, Judge: null }) Add(node, $"The pattern of '{node.Name}' needs a judge, the role that verifies or aggregates.");
        if (node is { Pattern: GraphPattern.Sequential or GraphPattern.Dynamic, Judge: not null }) Add(node, $"The pattern {name} of '{node.Name}' has no judge. Leave it out.");
        if (node is { Pattern: GraphPattern.Sequential or GraphPattern.Concurrent, Rounds: not null }) Add(node, $"The pattern {name} of '{node.Name}' has no rounds. Leave them out.");
        if (node is { Pattern: GraphPattern.GenerateVerifyRefine, Members.Length: > 1 }) Add(node, $"The pattern {name} of '{node.Name}' has one member, who generates; it has {string.Join(", ", node.Members)}.");
    }

    private void CheckTexts(object owner, IEnumerable<string> texts, HashSet<string> nodes)
    {
        foreach (var name in texts.SelectMany(GraphState.NamesIn).Where(n => n != GraphDefinition.Task && !nodes.Contains(n)).Distinct(StringComparer.Ordinal))
            Add(owner, $"A text names '{{{name}}}', which is no node. {Known(nodes)} '{{{GraphDefinition.Task}}}' is what the team is asked.");
    }

    private void Add(object owner, string message)
    {
        var at = _places[owner];
        _problems.Add(new(at.Line, at.Column, message));
    }

    private static IEnumerable<string> RolesOf(GraphNode node) => node switch
    {
        RoleGraphNode role => [role.Role],
        PatternGraphNode pattern => pattern.Judge is { } judge ? pattern.Members.Append(judge) : pattern.Members,
        _ => [],
    };

    private static string Known(HashSet<string> nodes) => $"Nodes are: {string.Join(", ", nodes)}.";
}
