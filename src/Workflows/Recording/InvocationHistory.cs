using System.Collections.Immutable;

namespace AgentTeams.Workflows;

/// <summary>
/// Which invocations an agent builds on. Its framework does not tell, so it is read from what the agent was given: a transfer
/// that chose it; else the invocations whose messages it hears, known by the message itself and only then by its words, whole or quoted, and
/// the tool calls that the program put behind those; else, hearing just what an earlier one heard, what that one built on; else whatever
/// has ended without a successor.
/// </summary>
internal sealed class InvocationHistory
{
    private readonly Lock _gate = new();
    private readonly Dictionary<object, AgentInvocation> _byMessage = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, AgentInvocation> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AgentInvocation> _byWords = new(StringComparer.Ordinal);
    private readonly Dictionary<(string? Author, string Words), AgentInvocation> _byAuthor = [];
    private readonly Dictionary<string, ImmutableArray<PendingNode>> _begun = new(StringComparer.Ordinal);
    private readonly List<AgentInvocation> _transferring = [];
    private readonly List<PendingNode> _leaves = [];

    /// <summary>What has ended without a successor, in an order that arrival does not change.</summary>
    public ImmutableArray<PendingNode> Leaves
    {
        get
        {
            lock (_gate) return [.. _leaves.OrderBy(l => l.Owner.Lineage, StringComparer.Ordinal)];
        }
    }

    /// <summary>What an invocation that begins builds on.</summary>
    /// <param name="role">The agent's name.</param>
    /// <param name="heard">What it is given.</param>
    /// <param name="otherwise">What the first one builds on.</param>
    public ImmutableArray<PendingNode> ParentsOf(string role, IReadOnlyList<SpokenMessage> heard, ImmutableArray<PendingNode> otherwise)
    {
        lock (_gate)
        {
            var words = string.Join('\n', heard.Select(h => h.Words));
            var parents = Choose(role, heard, words);
            if (parents.IsEmpty) parents = otherwise;
            _begun.TryAdd(words, parents);
            _leaves.RemoveAll(l => parents.Contains(l));
            return parents;
        }
    }

    /// <summary>Whether an invocation here said the message.</summary>
    public bool Knows(SpokenMessage message)
    {
        lock (_gate) return SpeakerOf(message) is not null;
    }

    public void Add(AgentInvocation invocation)
    {
        lock (_gate)
        {
            foreach (var message in invocation.Said)
            {
                _byMessage[message.Key] = invocation;
                if (message.Message.MessageId is { Length: > 0 } id) _byId[id] = invocation;
            }

            if (invocation.LastText is { } words) _byWords[words] = _byAuthor[(invocation.Role, words)] = invocation;
            if (invocation.TransferredTo is not null) _transferring.Add(invocation);
            if (invocation.Latest is [.., var last]) _leaves.Add(last);
        }
    }

    private ImmutableArray<PendingNode> Choose(string role, IReadOnlyList<SpokenMessage> heard, string words)
    {
        if (_transferring.FindLast(i => i.TransferredTo == role || i.TransferredTo == AgentInvocation.AnyAgent) is { } transfer)
        {
            transfer.TransferredTo = null;
            _transferring.Remove(transfer);
            return transfer.Latest;
        }

        ImmutableArray<PendingNode>? siblings = words.Length > 0 && _begun.TryGetValue(words, out var begun) ? begun : null;
        var speakers = heard.SelectMany(SpeakersOf).Distinct().ToList();
        if (speakers.Count == 0) return siblings ?? Leaves;
        var tools = ToolsBehind(speakers).Concat((siblings ?? []).Where(s => s.Owner.IsTool));
        return [.. speakers.SelectMany(s => s.Latest).Concat(tools).Distinct()];
    }

    // A tool that the program calls stands between two agents, whatever the second one is given of its result.
    private IEnumerable<PendingNode> ToolsBehind(List<AgentInvocation> speakers) =>
        Leaves.Where(l => l.Owner.IsTool && (l.Parents.IsEmpty || AncestorsOf(l).Any(a => speakers.Contains(a.Owner))));

    private static HashSet<PendingNode> AncestorsOf(PendingNode node)
    {
        var found = new HashSet<PendingNode>();
        var open = new Stack<PendingNode>(node.Parents);
        while (open.TryPop(out var next))
        {
            if (!found.Add(next)) continue;
            foreach (var parent in next.Parents) open.Push(parent);
        }

        return found;
    }

    private IEnumerable<AgentInvocation> SpeakersOf(SpokenMessage heard) => SpeakerOf(heard) is { } speaker ? [speaker] : Quotes.In(heard.Words, _byWords);

    private AgentInvocation? SpeakerOf(SpokenMessage heard)
    {
        if (_byMessage.TryGetValue(heard.Key, out var speaker)) return speaker;
        if (heard.Message.MessageId is { Length: > 0 } id && _byId.TryGetValue(id, out speaker)) return speaker;
        var words = heard.Words;
        return words.Length > 0 && (_byAuthor.TryGetValue((heard.Message.AuthorName, words), out speaker) || _byWords.TryGetValue(words, out speaker)) ? speaker : null;
    }
}
