using System.Globalization;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>The calls of a run, found by what was asked. Each is found once.</summary>
internal sealed class ParentCalls
{
    private readonly Dictionary<string, List<(TrajectoryNode Node, int Place)>> _calls = new(StringComparer.Ordinal);
    private readonly SeedKey? _key;

    public ParentCalls(Trajectory? run)
    {
        _key = run?.Key;
        var place = -1;
        foreach (var node in run?.Nodes ?? [])
        {
            place++;
            // What a role said counts as said also where it was no valid answer and was asked for again.
            if (node is not { Kind: NodeKind.Role, Role: { } role, Error: null or { Cause: FailureCause.Policy } } || node.Output.IsEmpty) continue;
            var asked = InvocationContext.TextOf(role, node.Input);
            if (!_calls.TryGetValue(asked, out var same)) _calls[asked] = same = [];
            same.Add((node, place));
        }
    }

    /// <summary>The call of these messages with its place among the nodes; null where the run did not come to it.</summary>
    /// <param name="role">The role that is asked.</param>
    /// <param name="messages">What it is shown.</param>
    /// <param name="seed">The seed of the call, which tells those apart that run at the same time and are asked the same.</param>
    public (TrajectoryNode Node, int Place)? Take(string role, IReadOnlyList<ChatMessage> messages, long? seed)
    {
        if (!_calls.TryGetValue(InvocationContext.TextOf(role, messages), out var same) || same.Count == 0) return null;
        var at = same.Count == 1 ? 0 : Math.Max(0, same.FindIndex(c => IsSeedOf(c.Node, seed)));
        var found = same[at];
        same.RemoveAt(at);
        return found;
    }

    // As a workflow draws it: the node's name with the round of its tool calls, visit, attempt, and the places of the workflows around it.
    private bool IsSeedOf(TrajectoryNode node, long? seed)
    {
        if (_key is null || seed is null) return false;
        var id = node.Id;
        var rounds = 0;
        if (id.LastIndexOf("/call-", StringComparison.Ordinal) is > 0 and var call && int.TryParse(id.AsSpan(call + 6), NumberStyles.None, CultureInfo.InvariantCulture, out rounds)) id = id[..call];
        var visit = id.LastIndexOf('#') is > 0 and var mark && int.TryParse(id.AsSpan(mark + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        var path = _key.Path;
        for (var slash = id.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = id.IndexOf('/', slash + 1)) path = path.Length == 0 ? id[..slash] : $"{path}/{id[..slash]}";
        var key = _key with { Path = path, Visit = visit, Attempt = node.Attempt };
        return Enumerable.Range(0, rounds + 1).Any(r => (key with { Node = r == 0 ? node.Name : string.Create(CultureInfo.InvariantCulture, $"{node.Name}/call-{r}") }).ToSeed() == seed);
    }
}
