using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>Makes a workflow of a graph.</summary>
internal sealed class GraphBuilder
{
    private readonly GraphDefinition _graph;
    private readonly Dictionary<string, AIFunction> _tools;
    private readonly WorkflowBuilder<GraphState> _wf;
    private readonly Dictionary<string, NodeHandle> _handles = new(StringComparer.Ordinal);

    // Where a parallel node goes on.
    private readonly Dictionary<string, NodeHandle> _ends = new(StringComparer.Ordinal);

    public GraphBuilder(GraphDefinition graph, IEnumerable<AIFunction> tools)
    {
        _graph = graph;
        _tools = ByName(graph, tools);
        _wf = Workflow.CreateBuilder<GraphState>(graph.Name);
    }

    public BoundWorkflow<GraphState, string, string> Build()
    {
        if (_graph.Nodes.GroupBy(n => n.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key is { } twice) throw new AgentTeamsException($"Two nodes of the graph '{_graph.Name}' are named '{twice}'. Give each a name of its own.");
        if (ParallelNesting.ProblemOf(_graph) is { } nesting) throw new AgentTeamsException($"The graph '{_graph.Name}' cannot be built. {nesting.Problem}");
        foreach (var node in _graph.Nodes) Handle(node.Name);
        foreach (var node in _graph.Nodes) Connect(node);
        _wf.Start(Handle(_graph.Start));
        return _wf.Build().Bind((string task) => new GraphState(task), s => s.Fill(_graph.Answer), new()
        {
            Name = _graph.Name, Description = _graph.Description.Length == 0 ? null : _graph.Description,
        });
    }

    public Role RoleOf(string name)
    {
        var role = _graph.Roles.TryGetValue(name, out var declared) ? declared : throw new AgentTeamsException($"The graph '{_graph.Name}' has no role '{name}'. It has: {string.Join(", ", _graph.Roles.Keys)}.");
        return new()
        {
            Name = name, Instructions = role.Instructions, Description = role.Description, Tools = [.. role.Tools.Select(ToolOf)],
            Memory = role.Remembers ? MemoryPolicy.Conversation : MemoryPolicy.None,
            Options = new()
            {
                Temperature = role.Temperature ?? new RoleOptions().Temperature, MaxOutputTokens = role.MaxTokens,
                ResponseSchema = role.Choices.IsEmpty ? null : JsonSerializer.SerializeToElement(new { @enum = role.Choices }),
            },
        };
    }

    private NodeHandle Handle(string name)
    {
        if (_handles.TryGetValue(name, out var known)) return known;
        var node = _graph.Find(name) ?? throw new AgentTeamsException($"The graph '{_graph.Name}' has no node '{name}'. It has: {string.Join(", ", _graph.Nodes.Select(n => n.Name))}.");
        return _handles[name] = node switch
        {
            RoleGraphNode role => AddRole(role),
            ToolGraphNode tool => _wf.AddTool(ToolOf(tool.Tool), s => tool.Arguments.ToDictionary(a => a.Key, object? (a) => s.Fill(a.Value)), (s, result) => s.Said(name, result.Text), new NodeOptions<GraphState> { Name = name }),
            ParallelGraphNode side => AddParallel(side),
            PatternGraphNode pattern => _wf.AddWorkflow(PatternOf(pattern), s => s.Fill(pattern.Prompt), (s, text) => s.Said(name, text), new() { Name = name }),
            _ => throw new AgentTeamsException($"The node '{name}' is of a kind that there is not."),
        };
    }

    private NodeHandle AddRole(RoleGraphNode node)
    {
        var isChoice = !_graph.Roles[node.Role].Choices.IsEmpty;
        return _wf.AddRole(RoleOf(node.Role), s => s.Fill(node.Prompt), (s, reply) => s.Said(node.Name, isChoice ? Chosen(reply.Text) : reply.Text),
            isChoice ? (_, reply) => _graph.Roles[node.Role].Choices.Contains(Chosen(reply.Text)) ? null : $"Answer with one of {string.Join(", ", _graph.Roles[node.Role].Choices)}." : null,
            new() { Name = node.Name, TellRejections = true });
    }

    private NodeHandle AddParallel(ParallelGraphNode node)
    {
        var join = _wf.AddParallel($"{node.Name} branches", p =>
        {
            foreach (var branch in node.Branches) p.Branch(Handle(branch));
        });
        var tell = _wf.AddFunction(node.Name, s => s.Said(node.Name, string.Join('\n', node.Branches.Select(b => s.Texts.GetValueOrDefault(b, "")))));
        _wf.From(join).Then(tell);
        _ends[node.Name] = tell;
        return join;
    }

    private void Connect(GraphNode node)
    {
        var from = _ends.GetValueOrDefault(node.Name) ?? Handle(node.Name);
        if (node.Next is [] or [{ When: null, To: GraphDefinition.End }]) _wf.From(from);
        else if (node.Next is [{ When: null } only]) _wf.From(from).Then(Handle(only.To));
        else
        {
            _wf.Branch(from, b =>
            {
                foreach (var edge in node.Next.Where(e => e.When is not null)) b = b.When(s => s.Holds(edge.When!), Target(edge), Label(edge));
                b.Otherwise(Target(node.Next[^1]));
            });
        }
    }

    private NodeHandle Target(GraphEdge edge) => edge.To == GraphDefinition.End ? Workflow.End : Handle(edge.To);

    private static string Label(GraphEdge edge) => edge.When switch
    {
        { Test: GraphTest.VisitedAtLeast } visits => $"{visits.Node} visited {visits.Value}",
        { } text => $"{text.Node} {GraphNames.Of(text.Test).Replace('-', ' ')} {text.Value}",
        null => edge.To,
    };

    private BoundWorkflow<Conversation, string, string> PatternOf(PatternGraphNode node)
    {
        TeamMember[] members = [.. node.Members.Select(m => (TeamMember)RoleOf(m))];
        var aggregation = node.Judge is { } judge ? Aggregation.Judge(RoleOf(judge)) : Aggregation.Majority();
        return node.Pattern switch
        {
            GraphPattern.Sequential => TeamPatterns.Sequential(node.Name, members),
            GraphPattern.Concurrent => TeamPatterns.Concurrent(node.Name, members, aggregation),
            GraphPattern.Debate => TeamPatterns.Debate(node.Name, members, aggregation, new() { Rounds = node.Rounds ?? new DebateOptions().Rounds }),
            GraphPattern.Dynamic => TeamPatterns.Dynamic(node.Name, members, new() { Rounds = node.Rounds ?? new DynamicOptions().Rounds }),
            GraphPattern.GenerateVerifyRefine => TeamPatterns.GenerateVerifyRefine(node.Name, members[0], RoleOf(node.Judge!), new() { MaxAttempts = node.Rounds ?? new RefineOptions().MaxAttempts }),
            _ => TeamPatterns.MixtureOfAgents(node.Name, [.. Enumerable.Repeat(members, node.Rounds ?? 2)], RoleOf(node.Judge!)),
        };
    }

    private static Dictionary<string, AIFunction> ByName(GraphDefinition graph, IEnumerable<AIFunction> tools)
    {
        AIFunction[] given = [.. tools];
        Guard.Require(given.All(t => t is not null), $"A tool for the graph '{graph.Name}' is null. Give AIFunctions.");
        var twice = given.GroupBy(t => t.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key;
        Guard.Require(twice is null, $"Two tools for the graph '{graph.Name}' are named '{twice}'. Give each a name of its own.");
        return given.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    private AIFunction ToolOf(string name) => _tools.TryGetValue(name, out var tool) ? tool
        : throw new AgentTeamsException($"The graph '{_graph.Name}' names the tool '{name}', which was not given. Given are: {(_tools.Count == 0 ? "none" : string.Join(", ", _tools.Keys))}.");

    // A choice is a JSON string where a model is held to its schema.
    private static string Chosen(string text)
    {
        var trimmed = text.Trim();
        return trimmed is ['"', .., '"'] ? trimmed[1..^1] : trimmed;
    }
}
