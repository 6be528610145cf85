namespace AgentTeams.Collaboration;

/// <summary>What governance refused in a run, told from its record.</summary>
internal sealed class RefusedNodes
{
    private readonly HashSet<string> _attempts;

    public RefusedNodes(Trajectory trajectory) => _attempts = [.. trajectory.Nodes.Where(IsRefusal).Select(n => AttemptOf(n.Id))];

    /// <summary>Whether a call was part of a message that was not delivered.</summary>
    public bool Contains(TrajectoryNode node) => _attempts.Any(a => node.Id == a || node.Id.StartsWith(a + "/", StringComparison.Ordinal) || node.Id.StartsWith(a + ".", StringComparison.Ordinal));

    private static bool IsRefusal(TrajectoryNode node) =>
        node is { Kind: NodeKind.Function, Name: Governance.SettleNode, Result: { ValueKind: System.Text.Json.JsonValueKind.Object } result }
        && result.TryGetProperty("problem", out var problem) && problem.ValueKind == System.Text.Json.JsonValueKind.String;

    // A settling has the number of the attempt that it is about.
    private static string AttemptOf(string id)
    {
        var at = id.LastIndexOf(Governance.SettleNode, StringComparison.Ordinal);
        return id[..at] + Governance.SpeakNode + id[(at + Governance.SettleNode.Length)..];
    }
}
