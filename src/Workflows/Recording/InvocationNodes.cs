using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>The records of one invocation, in order, each with what it builds on. Its invocation guards it.</summary>
internal sealed class InvocationNodes(AgentInvocation owner)
{
    private readonly List<PendingNode> _all = [];
    private readonly List<PendingNode> _waitingTools = [];
    private readonly List<PendingNode> _roundTools = [];
    private PendingNode? _call;

    public IReadOnlyList<PendingNode> All => _all;

    /// <summary>How many model calls there are.</summary>
    public int Calls { get; private set; }

    /// <summary>The tools of the last call, or the call where it has none; empty before the first.</summary>
    public ImmutableArray<PendingNode> Latest => _roundTools.Count > 0 ? [.. _roundTools] : _call is null ? [] : [_call];

    /// <summary>The last call, whose tools run now.</summary>
    public ImmutableArray<PendingNode> Asking => _call is null ? owner.Parents : [_call];

    public void AddCall(TrajectoryNode node, bool usesTools)
    {
        AddCall(new(owner, node, owner.Latest) { UsesTools = usesTools });
        _roundTools.Clear();
    }

    public void AddCall(PendingNode call)
    {
        Calls++;
        _all.Add(_call = call);
    }

    public void AddTool(TrajectoryNode tool, string? callId, int callIndex)
    {
        var node = new PendingNode(owner, tool, Asking) { CallId = callId, CallIndex = callIndex };
        _all.Add(node);
        _roundTools.Add(node);
    }

    /// <summary>Keeps a tool call until the model call is told that it belongs to.</summary>
    public void AddWaitingTool(TrajectoryNode tool, string? callId, int callIndex) =>
        _waitingTools.Add(new(owner, tool, []) { CallId = callId, CallIndex = callIndex });

    public void AddWaitingTools()
    {
        foreach (var tool in _waitingTools) AddTool(tool.Content, tool.CallId, tool.CallIndex);
        _waitingTools.Clear();
    }

    /// <summary>Adds the turns of a loop that does not report them.</summary>
    public void AddTurns(IReadOnlyList<ChatMessage> input, IReadOnlyList<SpokenMessage> said, DateTimeOffset start, TimeSpan duration)
    {
        foreach (var turn in SaidTurns.Of(input, said, _waitingTools, start, duration))
        {
            if (turn.Said.Text is { Length: > 0 } text) owner.LastText = text;
            AddCall(turn.Describe(owner.Template(NodeKind.Role)), turn.UsesTools);
            foreach (var tool in turn.Tools) AddTool(tool.Content, tool.CallId, tool.CallIndex);
        }
    }

    /// <summary>Adds the turn of such a loop that brought no answer; tools that nothing else tells of ran before it.</summary>
    public void AddFailingTurn(ImmutableArray<ChatMessage> input, DateTimeOffset start, TimeSpan duration)
    {
        AddWaitingTools();
        var began = _roundTools.Select(t => t.Content.Start + t.Content.Duration).Append(start).Max();
        AddCall(owner.Template(NodeKind.Role) with { Input = input, Start = began, Duration = start + duration - began }, usesTools: false);
    }

    /// <summary>Notes why the last record is the last.</summary>
    public void Fail(Exception error)
    {
        if (owner.Latest is not [.., var last] || last.Owner != owner || last.Content.Error is not null) return;
        last.Content = last.Content with { Error = NodeError.Of(error) };
    }
}
