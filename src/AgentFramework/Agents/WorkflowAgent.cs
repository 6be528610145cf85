using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace AgentTeams.AgentFramework;

/// <summary>A workflow as an agent: each run of it is a run of the workflow over the conversation so far.</summary>
internal sealed class WorkflowAgent(BoundWorkflow<IReadOnlyList<ChatMessage>, AgentReply> workflow, TeamRuntime runtime, WorkflowRunOptions options) : AIAgent
{
    public override string Name => workflow.Name;

    public override string Description => workflow.Description;

    /// <summary>Whether the replies of the roles are what the agent says, as they are written; otherwise only the workflow's output is.</summary>
    public bool SaysReplies { get; init; }

    protected override string IdCore => workflow.Name;

    protected override ValueTask<AgentSession> CreateSessionCoreAsync(CancellationToken cancellationToken = default) => new(new WorkflowAgentSession());

    protected override ValueTask<JsonElement> SerializeSessionCoreAsync(AgentSession session, JsonSerializerOptions? jsonSerializerOptions = null, CancellationToken cancellationToken = default) =>
        new(Own(session).Serialize(jsonSerializerOptions));

    protected override ValueTask<AgentSession> DeserializeSessionCoreAsync(
        JsonElement serializedState, JsonSerializerOptions? jsonSerializerOptions = null, CancellationToken cancellationToken = default) =>
        new(WorkflowAgentSession.Deserialize(serializedState, Name, jsonSerializerOptions));

    protected override async Task<AgentResponse> RunCoreAsync(
        IEnumerable<ChatMessage> messages, AgentSession? session = null, AgentRunOptions? options = null, CancellationToken cancellationToken = default)
    {
        var turn = new Turn(Own(session), messages);
        await foreach (var _ in ReadAsync(turn, isStreaming: false, cancellationToken).ConfigureAwait(false)) { }
        return turn.Complete(this);
    }

    protected override async IAsyncEnumerable<AgentResponseUpdate> RunCoreStreamingAsync(
        IEnumerable<ChatMessage> messages, AgentSession? session = null, AgentRunOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var turn = new Turn(Own(session), messages);
        await foreach (var delta in ReadAsync(turn, SaysReplies, cancellationToken).ConfigureAwait(false))
        {
            if (delta.Update.Text.Length > 0) yield return new(ChatRole.Assistant, delta.Update.Text) { AgentId = Id, AuthorName = Name, ResponseId = turn.Id, MessageId = turn.Id };
        }

        var response = turn.Complete(this);
        if (!SaysReplies) yield return new(ChatRole.Assistant, response.Text) { AgentId = Id, AuthorName = Name, ResponseId = turn.Id, MessageId = turn.Id };
        yield return new(ChatRole.Assistant, [new UsageContent(response.Usage!)]) { AgentId = Id, AuthorName = Name, ResponseId = turn.Id, MessageId = turn.Id };
    }

    private async IAsyncEnumerable<ReplyDelta> ReadAsync(Turn turn, bool isStreaming, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var recorded = AgentInvocation.Here;
        var run = options with { StreamReplies = isStreaming || options.StreamReplies };
        var inner = recorded?.BeginInner();
        if (inner is { Seed: var seed }) run = run with { Seed = seed, TimeProvider = recorded!.TimeProvider };
        await foreach (var e in workflow.StreamAsync(turn.Heard, runtime, run, cancellationToken).ConfigureAwait(false))
        {
            switch (e)
            {
                case ReplyDelta delta when isStreaming:
                    yield return delta;
                    break;
                case CallRecorded { Node: var node }:
                    recorded?.AddInner(node, inner!.Value.Run);
                    turn.Count(node.Usage);
                    break;
                case WorkflowCompleted<AgentReply> { State: { HandoffTo: { } target } }:
                    throw new AgentTeamsException(
                        $"The workflow '{Name}' hands over to '{target}', but Agent Framework lets only agents hand over that call its handoff tools. Leave AgentReply.HandoffTo null and let the workflow's answer decide.");
                case WorkflowCompleted<AgentReply> completed:
                    turn.Reply = completed.State;
                    break;
                case WorkflowFailed failed:
                    throw failed.Exception;
                case WorkflowCancelled:
                    throw new OperationCanceledException(cancellationToken);
            }
        }
    }

    private WorkflowAgentSession Own(AgentSession? session) => session switch
    {
        null => new(),
        WorkflowAgentSession own => own,
        _ => throw new AgentTeamsException($"The session of type '{session.GetType().Name}' is not one of the workflow '{Name}'. Use this agent's CreateSessionAsync or DeserializeSessionAsync."),
    };

    /// <summary>One question and its answer; the session learns of both only when the run is complete.</summary>
    private sealed class Turn(WorkflowAgentSession session, IEnumerable<ChatMessage> messages)
    {
        private readonly ChatMessage[] _asked = [.. messages];
        private readonly UsageDetails _usage = new() { InputTokenCount = 0, OutputTokenCount = 0, TotalTokenCount = 0 };

        public IReadOnlyList<ChatMessage> Heard => [.. session.Messages, .. _asked];

        public string Id { get; } = Guid.NewGuid().ToString("N");

        public AgentReply? Reply { get; set; }

        public void Count(TokenUsage? usage)
        {
            _usage.InputTokenCount += usage?.InputTokens ?? 0;
            _usage.OutputTokenCount += usage?.OutputTokens ?? 0;
            _usage.TotalTokenCount = _usage.InputTokenCount + _usage.OutputTokenCount;
        }

        public AgentResponse Complete(WorkflowAgent agent)
        {
            var answer = new ChatMessage(ChatRole.Assistant, Reply!.Text) { AuthorName = agent.Name, MessageId = Id };
            session.Messages.AddRange([.. _asked, answer]);
            return new(answer) { AgentId = agent.Id, ResponseId = Id, Usage = _usage, FinishReason = ChatFinishReason.Stop };
        }
    }
}
