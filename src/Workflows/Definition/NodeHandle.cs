namespace AgentTeams.Workflows;

/// <summary>Names a node of one builder; handed out by the builder, so that edges cannot be misspelt.</summary>
public sealed class NodeHandle
{
    internal NodeHandle(object? owner, int index, string name)
    {
        Owner = owner;
        Index = index;
        Name = name;
    }

    /// <summary>The node's name, unique in its workflow.</summary>
    public string Name { get; }

    internal object? Owner { get; }

    internal int Index { get; }

    internal bool IsEnd => Owner is null;

    /// <summary>The node's name.</summary>
    public override string ToString() => Name;
}
