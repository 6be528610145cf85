using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>Something that a run's journal holds.</summary>
internal abstract class JournalItem(VisitPath path)
{
    public VisitPath Path { get; } = path;
}

/// <summary>How a visit ended, as data from which it can be applied again.</summary>
internal sealed class VisitCommit(VisitPath path) : JournalItem(path)
{
    public required string NodeId { get; init; }

    public required string Name { get; init; }

    /// <summary>The node that made the result in this process; null where the result was read from a journal.</summary>
    public IWorkflowNode? Node { get; init; }

    /// <summary>The node's result, or the JSON of what the records do not hold of it.</summary>
    public object? Result { get; init; }

    /// <summary>What the node was given, where a definition does not fix it.</summary>
    public string? Fingerprint { get; init; }

    public string? Branch { get; init; }

    public NodeError? Error { get; init; }

    /// <summary>Whether the run went on along the node's error route.</summary>
    public bool IsHandled { get; init; }

    /// <summary>Whether it did not fail by itself, but was cancelled for another's sake.</summary>
    public bool IsCancelled { get; init; }

    /// <summary>What a role remembers of it, where that is not what the last record says.</summary>
    public IReadOnlyList<ChatMessage>? Remembered { get; init; }

    /// <summary>The branches that a join waited for, in the order in which they ended.</summary>
    public ImmutableArray<int> Taken { get; init; }

    /// <summary>The calls of the visit that the journal does not hold apart; the first of those after <see cref="Earlier"/> is the visit's own.</summary>
    public required IReadOnlyList<TrajectoryNode> Records { get; init; }

    public int Earlier { get; init; }

    /// <summary>Whether the run went on from it. What failed for good is done again when the run is resumed.</summary>
    public bool IsSettled => Error is null || IsHandled;

    public TrajectoryNode? LastCall(NodeKind kind) => Records.LastOrDefault(n => n.Kind == kind);
}

/// <summary>A call inside of a visit that went on after it.</summary>
/// <param name="path">The visit.</param>
/// <param name="call">Which of the visit's calls it is.</param>
/// <param name="reply">What the model answered, or the JSON of what the records do not hold of it; null for a tool.</param>
/// <param name="records">The call, and those that its client made on the way.</param>
internal sealed class CallCommit(VisitPath path, string call, object? reply, ImmutableArray<TrajectoryNode> records) : JournalItem(path)
{
    public string Call => call;

    /// <summary>Which of the visit's tool calls it is; null for a model call.</summary>
    public int? ToolNumber => NodeIds.ToolNumber(call);

    public object? Reply => reply;

    public ImmutableArray<TrajectoryNode> Records => records;

    public ChatResponse ReadReply() => reply as ChatResponse ?? RecordedReply.Read(reply, Records, call);
}

/// <summary>A visit waits for an answer from outside.</summary>
internal sealed class RequestMade(VisitPath path, HumanRequest request) : JournalItem(path)
{
    public HumanRequest Request => request;
}

/// <summary>The answer that a visit waits for.</summary>
internal sealed class AnswerGiven(VisitPath path, string requestId, System.Text.Json.JsonElement answer) : JournalItem(path)
{
    public string RequestId => requestId;

    public System.Text.Json.JsonElement Answer => answer;
}

/// <summary>A change of the state after a visit, made by whoever forked the run.</summary>
internal sealed class StateEdit(VisitPath path, StatePatch patch) : JournalItem(path)
{
    public StatePatch Patch => patch;
}
