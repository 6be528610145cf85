using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>
/// A team and its workflow as data: read from YAML or JSON, written back, changed by a program, designed by a role, searched over. It never changes; <see cref="ToWorkflow"/> makes an ordinary workflow of it.
/// </summary>
/// <example>
/// <code>
/// var graph = GraphDefinition.Read(File.ReadAllText("team.yaml"));
/// var workflow = graph.ToWorkflow([calculator]);
/// string answer = await workflow.RunAsync("6 apples and 2 more", runtime);
/// </code>
/// </example>
public sealed record GraphDefinition
{
    /// <summary>The name of the place where a run ends.</summary>
    public const string End = "end";

    /// <summary>The name by which texts refer to what the team is asked.</summary>
    public const string Task = "task";

    /// <summary>The workflow's name.</summary>
    public required string Name { get; init; }

    /// <summary>What the team does, for people and for models that call it; empty by default.</summary>
    public string Description { get; init; } = "";

    /// <summary>The roles, by name.</summary>
    public ImmutableSortedDictionary<string, GraphRole> Roles { get; init; } = ImmutableSortedDictionary.Create<string, GraphRole>(StringComparer.Ordinal);

    /// <summary>The nodes, in the order in which they were written.</summary>
    public required ImmutableArray<GraphNode> Nodes { get; init; }

    /// <summary>The node in which a run begins.</summary>
    public required string Start { get; init; }

    /// <summary>The answer, as a text with the names of nodes in braces, for example <c>{value}</c>.</summary>
    public required string Answer { get; init; }

    /// <summary>Reads a graph from YAML or from JSON, which is YAML, too.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="GraphFormatException">It is no graph: all problems, each with line and column.</exception>
    public static GraphDefinition Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return GraphReader.Read(text);
    }

    /// <summary>The graph as YAML, which <see cref="Read"/> reads back to an equal one.</summary>
    public string ToYaml() => GraphWriter.ToYaml(this);

    /// <summary>The graph as JSON, which <see cref="Read"/> reads back to an equal one.</summary>
    public string ToJson() => GraphWriter.ToJson(this);

    /// <summary>The graph as a workflow from a task to an answer.</summary>
    /// <param name="tools">The tools that its nodes and roles name.</param>
    /// <exception cref="AgentTeamsException">A tool is missing, or the graph does not hold together: all problems.</exception>
    public BoundWorkflow<GraphState, string, string> ToWorkflow(IEnumerable<AIFunction>? tools = null) => new GraphBuilder(this, tools ?? []).Build();

    /// <summary>The roles as a team has them.</summary>
    /// <param name="tools">The tools that they name.</param>
    /// <exception cref="AgentTeamsException">A tool is missing.</exception>
    public IReadOnlyList<Role> ToRoles(IEnumerable<AIFunction>? tools = null)
    {
        var builder = new GraphBuilder(this, tools ?? []);
        return [.. Roles.Keys.Select(builder.RoleOf)];
    }

    /// <summary>Compares what they hold.</summary>
    public bool Equals(GraphDefinition? other) => other is not null && (ReferenceEquals(this, other) || ToJson() == other.ToJson());

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToJson());

    /// <summary>Name and nodes, for people.</summary>
    public override string ToString() => $"{Name}: {string.Join(", ", Nodes.Select(n => n.Name))}";

    internal GraphNode? Find(string node) => Nodes.FirstOrDefault(n => n.Name == node);
}

/// <summary>A role as data.</summary>
public sealed record GraphRole
{
    /// <summary>The system message of its calls; empty by default.</summary>
    public string Instructions { get; init; } = "";

    /// <summary>What it does, for other members; empty by default.</summary>
    public string Description { get; init; } = "";

    /// <summary>Names of tools that it may call by itself; none by default.</summary>
    public ImmutableArray<string> Tools { get; init; } = [];

    /// <summary>The only answers that it may give; none, the default, for any text. A JSON string is what such a role says, without its quotes.</summary>
    public ImmutableArray<string> Choices { get; init; } = [];

    /// <summary>The temperature; null, the default, for the model's own.</summary>
    public float? Temperature { get; init; }

    /// <summary>The most tokens of an answer; null, the default, for the model's own limit.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Whether it sees its earlier prompts and answers of the run; false by default.</summary>
    public bool Remembers { get; init; }
}
