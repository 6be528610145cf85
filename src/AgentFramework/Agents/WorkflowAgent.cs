using System.Globalization;
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
            if (turn.Hear(delta.Update) is { Length: > 0 } text) yield return Say(turn, new TextContent(text));
        }

        var response = turn.Complete(this);
        if (!SaysReplies) yield return Say(turn, new TextContent(response.Text));
        if (response.Usage is { } usage) yield return Say(turn, new UsageContent(usage));
    }

    private AgentResponseUpdate Say(Turn turn, AIContent content) =>
        new(ChatRole.Assistant, [content]) { AgentId = Id, AuthorName = Name, ResponseId = turn.Id, MessageId = turn.MessageId };

    private async IAsyncEnumerable<ReplyDelta> ReadAsync(Turn turn, bool isStreaming, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var inner = new InnerRun(AgentInvocation.Here, options with { StreamReplies = isStreaming || options.StreamReplies });
        await foreach (var e in workflow.StreamAsync(turn.Heard, runtime, inner.Options, cancellationToken).ConfigureAwait(false))
        {
            switch (e)
            {
                case ReplyDelta delta when isStreaming:
                    yield return delta;
                    break;
                case CallRecorded call:
                    inner.Add(call);
                    turn.Count(call.Node);
                    break;
                case NodeRetrying:
                    turn.EndMessage();
                    break;
                case WorkflowCompleted<AgentReply> { State: { HandoffTo: { } target } }:
                    throw new AgentTeamsException(
                        $"The workflow '{Name}' hands over to '{target}', but Agent Framework lets only agents hand over that call its handoff tools. Leave AgentReply.HandoffTo null and let the workflow's answer decide.");
                case WorkflowCompleted<AgentReply> completed:
                    turn.Reply = completed.State;
                    break;
                case WorkflowFailed failed:
                    throw failed.Exception;
                case WorkflowWaiting waiting:
                    throw new WorkflowWaitingException(Name ?? "agent", waiting.Requests);
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
        private readonly List<string> _before = [];
        private UsageDetails? _usage;
        private int? _given;
        private int _messages;
        private (bool Text, bool Ended) _message;

        public IReadOnlyList<ChatMessage> Heard => [.. session.Messages, .. _asked];

        public string Id { get; } = Guid.NewGuid().ToString("N");

        /// <summary>The id of the message that is being said.</summary>
        public string MessageId => IdOf(_messages);

        public AgentReply? Reply { get; set; }

        public void EndMessage() => _message.Ended = _message.Text;

        /// <summary>The text of an update; what a role says beside a tool call and what it says afterwards are two messages.</summary>
        public string Hear(ChatResponseUpdate update)
        {
            if (update.Text.Length > 0)
            {
                if (_message.Ended) _messages++;
                _message = (true, false);
            }

            if (update.Contents.Any(c => c is FunctionCallContent)) EndMessage();
            return update.Text;
        }

        public void Count(TrajectoryNode node)
        {
            if (node is { Kind: NodeKind.Role, Error: null }) Read(node.Input);
            if (node.Usage is not { } usage) return;
            _usage ??= new() { InputTokenCount = 0, OutputTokenCount = 0 };
            _usage.InputTokenCount += usage.InputTokens;
            _usage.OutputTokenCount += usage.OutputTokens;
            _usage.TotalTokenCount = _usage.InputTokenCount + _usage.OutputTokenCount;
        }

        public AgentResponse Complete(WorkflowAgent agent)
        {
            var before = agent.SaysReplies ? _before : [];
            var isStreamed = _message.Text;
            List<ChatMessage> said = [.. before.Select((text, i) => Message(agent, text, IdOf(i)))];
            var answer = Message(agent, Reply!.Text, isStreamed ? MessageId : IdOf(said.Count));
            session.Messages.AddRange([.. _asked, answer]);
            return new([.. said, answer]) { AgentId = agent.Id, ResponseId = Id, Usage = _usage, FinishReason = ChatFinishReason.Stop };
        }

        // The call that answers has read what was said on the way to it.
        private void Read(IReadOnlyList<ChatMessage> input)
        {
            _given ??= input.Count;
            _before.Clear();
            var asking = input.Skip(_given.Value).Where(m => m.Role == ChatRole.Assistant && m.Contents.Any(c => c is FunctionCallContent));
            _before.AddRange(asking.Select(m => m.Text).Where(t => t.Length > 0));
        }

        private string IdOf(int message) => message == 0 ? Id : string.Create(CultureInfo.InvariantCulture, $"{Id}-{message}");

        private static ChatMessage Message(WorkflowAgent agent, string text, string id) =>
            new(ChatRole.Assistant, text) { AuthorName = agent.Name, MessageId = id };
    }
}
