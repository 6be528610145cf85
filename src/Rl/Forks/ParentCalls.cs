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

    private bool IsSeedOf(TrajectoryNode node, long? seed) => _key is not null && seed is not null && CallAddress.Of(_key, node).Any(k => k.ToSeed() == seed);
}
