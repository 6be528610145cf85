using System.Collections.Immutable;

namespace AgentTeams.Workflows;

/// <summary>
/// Which invocations an agent builds on. Its framework does not tell, so it is read from what the agent was given: a transfer
/// that chose it; else the invocations whose messages it hears, known by the message itself and only then by its words; else, hearing
/// just what an earlier one heard, what that one built on; else whatever has ended without a successor.
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

        var speakers = heard.Select(SpeakerOf).OfType<AgentInvocation>().Distinct().ToList();
        if (speakers.Count > 0) return [.. speakers.SelectMany(s => s.Latest).Distinct()];
        return words.Length > 0 && _begun.TryGetValue(words, out var siblings) ? siblings : Leaves;
    }

    private AgentInvocation? SpeakerOf(SpokenMessage heard)
    {
        if (_byMessage.TryGetValue(heard.Key, out var speaker)) return speaker;
        if (heard.Message.MessageId is { Length: > 0 } id && _byId.TryGetValue(id, out speaker)) return speaker;
        var words = heard.Words;
        return words.Length > 0 && (_byAuthor.TryGetValue((heard.Message.AuthorName, words), out speaker) || _byWords.TryGetValue(words, out speaker)) ? speaker : null;
    }
}
