namespace AgentTeams.Workflows;

/// <summary>Counts the visits to each node: by its place in a graph, or by its name where there is no graph.</summary>
internal sealed class VisitCounter
{
    private readonly int[]? _byIndex;
    private readonly Dictionary<string, (int Speaker, int Visits)>? _byName;

    public VisitCounter(int nodes) => _byIndex = new int[nodes];

    public VisitCounter() => _byName = new(StringComparer.Ordinal);

    public bool IsByName => _byName is not null;

    /// <summary>A number of the node's own, and how often it was visited before. Branches share a counter and no nodes, so they do not meet.</summary>
    public (int Speaker, int Visits) Enter(int index, string name)
    {
        if (_byIndex is not null) return (index, _byIndex[index]++);
        var (speaker, visits) = _byName!.TryGetValue(name, out var known) ? known : (_byName.Count, 0);
        _byName[name] = (speaker, visits + 1);
        return (speaker, visits);
    }
}
