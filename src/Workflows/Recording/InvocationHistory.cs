using System.Collections.Immutable;

namespace AgentTeams.Workflows;

/// <summary>
/// Which invocations an agent builds on. Its framework does not tell, so it is read from what the agent was given: a transfer
/// that chose it; else the invocations whose messages it hears, known by the message itself and only then by its words; else, hearing
/// just what an earlier one heard, what that one built on; else whatever has ended without a successor.
/// </summary>
internal sealed class InvocationHistory
{
    private readonly List<AgentInvocation> _ended = [];
    private readonly List<(string Heard, ImmutableArray<PendingNode> Parents)> _begun = [];
    private readonly List<PendingNode> _leaves = [];

    public ImmutableArray<PendingNode> ParentsOf(string role, IReadOnlyList<SpokenMessage> heard)
    {
        var words = string.Join('\n', heard.Select(h => h.Text));
        var parents = Choose(role, heard, words);
        _begun.Add((words, parents));
        _leaves.RemoveAll(l => parents.Contains(l));
        return parents;
    }

    public void Add(AgentInvocation invocation)
    {
        _ended.Add(invocation);
        if (invocation.Latest is [.., var last]) _leaves.Add(last);
    }

    private ImmutableArray<PendingNode> Choose(string role, IReadOnlyList<SpokenMessage> heard, string words)
    {
        if (_ended.FindLast(i => i.TransferredTo == role || i.TransferredTo == AgentInvocation.AnyAgent) is { } transfer)
        {
            transfer.TransferredTo = null;
            return transfer.Latest;
        }

        var speakers = heard.Select(SpeakerOf).OfType<AgentInvocation>().Distinct().ToList();
        if (speakers.Count > 0) return [.. speakers.SelectMany(s => s.Latest).Distinct()];
        var sibling = heard.Count == 0 ? -1 : _begun.FindIndex(b => b.Heard == words);
        return sibling >= 0 ? _begun[sibling].Parents : [.. _leaves.OrderBy(l => l.Owner.Lineage, StringComparer.Ordinal)];
    }

    private AgentInvocation? SpeakerOf(SpokenMessage heard) =>
        _ended.Find(i => i.Said.Any(heard.Is))
        ?? (heard.Text.Length == 0 ? null
            : _ended.FindLast(i => i.LastText == heard.Text && i.Role == heard.Message.AuthorName) ?? _ended.FindLast(i => i.LastText == heard.Text));
}
