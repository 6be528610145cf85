namespace AgentTeams.Workflows;

/// <summary>Writes and reads the records of one journal so that each message of a conversation stands there once.</summary>
internal sealed class SharedInputs
{
    private readonly Dictionary<string, TrajectoryNode> _byRole = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TrajectoryNode> _byId = new(StringComparer.Ordinal);

    public TrajectoryNode Shorten(TrajectoryNode node)
    {
        if (node.Role is not { } role || node.Input.IsEmpty) return node;
        var shortened = _byRole.TryGetValue(role, out var before) ? SharedInputConverter.Shorten(node, before, new()) : node;
        _byRole[role] = node;
        return shortened;
    }

    public TrajectoryNode Restore(TrajectoryNode node)
    {
        var whole = node.SharedInput is { } shared ? SharedInputConverter.Restore(node, shared, _byId) : node;
        return _byId[node.Id] = whole;
    }
}
