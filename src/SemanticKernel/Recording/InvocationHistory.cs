using System.Collections.Immutable;

namespace AgentTeams.SemanticKernel;

/// <summary>
/// Which invocations an agent builds on. Semantic Kernel does not tell, so it is read from what the agent was given: a transfer
/// that chose it; else the invocations whose words it hears; else, hearing just what an earlier one heard, what that one built
/// on; else whatever has ended without a successor.
/// </summary>
internal sealed class InvocationHistory
{
    private readonly List<AgentInvocation> _ended = [];
    private readonly List<(string Heard, ImmutableArray<string> Parents)> _begun = [];
    private readonly List<string> _leaves = [];

    public ImmutableArray<string> ParentsOf(string role, IReadOnlyList<string> heard)
    {
        var parents = Choose(role, heard);
        _begun.Add((string.Join('\n', heard), parents));
        _leaves.RemoveAll(l => parents.Contains(l));
        return parents;
    }

    public void Add(AgentInvocation invocation)
    {
        _ended.Add(invocation);
        if (invocation.Latest is [.., var last]) _leaves.Add(last);
    }

    private ImmutableArray<string> Choose(string role, IReadOnlyList<string> heard)
    {
        if (_ended.FindLast(i => i.TransferredTo == role) is { } transfer)
        {
            transfer.TransferredTo = null;
            return transfer.Latest;
        }

        var speakers = heard.Select(h => _ended.FindLast(i => i.Said == h)).OfType<AgentInvocation>().Distinct().ToList();
        if (speakers.Count > 0) return [.. speakers.SelectMany(s => s.Latest).Distinct()];
        var sibling = heard.Count == 0 ? -1 : _begun.FindIndex(b => b.Heard == string.Join('\n', heard));
        return sibling >= 0 ? _begun[sibling].Parents : [.. _leaves];
    }
}
