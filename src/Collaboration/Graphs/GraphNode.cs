using System.Collections.Immutable;

namespace AgentTeams.Collaboration;

/// <summary>A node as data; its text is what it gave last, which other nodes name in braces.</summary>
public abstract record GraphNode
{
    private protected GraphNode() { }

    /// <summary>Its name, unique in its graph.</summary>
    public required string Name { get; init; }

    /// <summary>Where a run goes from here: the first way whose condition holds. None, the default, for the end of the run, or of the branch.</summary>
    public ImmutableArray<GraphEdge> Next { get; init; } = [];

    /// <summary>Every text in which names stand in braces.</summary>
    internal abstract IEnumerable<string> Texts { get; }
}

/// <summary>A role is asked.</summary>
public sealed record RoleGraphNode : GraphNode
{
    /// <summary>The role.</summary>
    public required string Role { get; init; }

    /// <summary>What it is asked.</summary>
    public required string Prompt { get; init; }

    internal override IEnumerable<string> Texts => [Prompt];
}

/// <summary>A tool is called.</summary>
public sealed record ToolGraphNode : GraphNode
{
    /// <summary>The tool.</summary>
    public required string Tool { get; init; }

    /// <summary>Its arguments.</summary>
    public ImmutableSortedDictionary<string, string> Arguments { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    internal override IEnumerable<string> Texts => Arguments.Values;
}

/// <summary>Nodes run side by side. Each begins a branch, which ends where nothing follows; the text of this node is all of theirs, a line each.</summary>
public sealed record ParallelGraphNode : GraphNode
{
    /// <summary>The first nodes of the branches.</summary>
    public required ImmutableArray<string> Branches { get; init; }

    internal override IEnumerable<string> Texts => [];
}

/// <summary>Roles work by a pattern; the text of this node is their answer.</summary>
public sealed record PatternGraphNode : GraphNode
{
    /// <summary>The pattern.</summary>
    public required GraphPattern Pattern { get; init; }

    /// <summary>The roles that work.</summary>
    public required ImmutableArray<string> Members { get; init; }

    /// <summary>The role that judges, verifies or aggregates, where the pattern has one; null for none.</summary>
    public string? Judge { get; init; }

    /// <summary>The most rounds or attempts; null, the default, for the pattern's own.</summary>
    public int? Rounds { get; init; }

    /// <summary>What they are asked.</summary>
    public required string Prompt { get; init; }

    internal override IEnumerable<string> Texts => [Prompt];
}

/// <summary>The patterns that a graph can name; each is the method of <see cref="TeamPatterns"/> of its name.</summary>
public enum GraphPattern
{
    /// <summary>One after another.</summary>
    Sequential,

    /// <summary>Side by side; by majority, or by a judge.</summary>
    Concurrent,

    /// <summary>Rounds of answers; then by majority, or by a judge.</summary>
    Debate,

    /// <summary>Rounds that end by consensus.</summary>
    Dynamic,

    /// <summary>A draft by the first member, verified by the judge, refined.</summary>
    GenerateVerifyRefine,

    /// <summary>Layers of the members, the judge aggregates; rounds are the layers.</summary>
    MixtureOfAgents,
}

/// <summary>A way from a node.</summary>
/// <param name="To">The node that it leads to, or <see cref="GraphDefinition.End"/>.</param>
/// <param name="When">When it is taken; null for always.</param>
public sealed record GraphEdge(string To, GraphCondition? When = null);

/// <summary>What has to hold for a way to be taken: of a node's text, or of how often it was visited.</summary>
/// <param name="Node">The node.</param>
/// <param name="Test">What is compared.</param>
/// <param name="Value">With what: a text, or a number of visits.</param>
public sealed record GraphCondition(string Node, GraphTest Test, string Value);

/// <summary>How a condition compares. Texts are compared without white space around them and without regard to case.</summary>
public enum GraphTest
{
    /// <summary>The text is this.</summary>
    Is,

    /// <summary>The text is not this.</summary>
    IsNot,

    /// <summary>The text contains this.</summary>
    Contains,

    /// <summary>The node was visited at least so often.</summary>
    VisitedAtLeast,
}
