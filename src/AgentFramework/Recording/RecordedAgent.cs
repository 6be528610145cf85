using System.Globalization;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace AgentTeams.AgentFramework;

/// <summary>An agent that behaves as the one inside it, and is recorded.</summary>
internal sealed class RecordedAgent : DelegatingAIAgent
{
    // The start of the names that handoff workflows give the tools of their agents.
    private const string HandoffPrefix = "handoff_to_";

    private readonly AgentRecorder _recorder;
    private readonly AgentSeat _seat;

    // The same agent, recorded below a middleware: it leaves the recording to this one.
    private readonly RecordedAgent? _below;

    public RecordedAgent(AIAgent inner, AgentRecorder recorder)
        : base(inner)
    {
        _below = inner.GetService<RecordedAgent>();
        (_recorder, _seat) = (recorder, recorder.SeatOf(inner.Name!, Origin));
    }

    public AIAgent Inner => InnerAgent;

    private AIAgent Origin => _below?.Origin ?? InnerAgent;

    private bool IsRecordedAbove
    {
        get
        {
            var below = (AgentInvocation.Here?.Wrapper as RecordedAgent)?._below;
            while (below is not null && below != this) below = below._below;
            return below is not null;
        }
    }

    protected override Task<AgentResponse> RunCoreAsync(
        IEnumerable<ChatMessage> messages, AgentSession? session = null, AgentRunOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (IsRecordedAbove) return InnerAgent.RunAsync(messages, session, options, cancellationToken);
        ChatMessage[] heard = [.. messages];
        return _recorder.RecordOneAsync(() => Begin(heard), (_, token) => InnerAgent.RunAsync(heard, session, options, token), Hear, cancellationToken);
    }

    protected override IAsyncEnumerable<AgentResponseUpdate> RunCoreStreamingAsync(
        IEnumerable<ChatMessage> messages, AgentSession? session = null, AgentRunOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (IsRecordedAbove) return InnerAgent.RunStreamingAsync(messages, session, options, cancellationToken);
        ChatMessage[] heard = [.. messages];
        var updates = new List<AgentResponseUpdate>();
        return _recorder.RecordAsync(
            () => Begin(heard),
            (_, token) => InnerAgent.RunStreamingAsync(heard, session, options, token),
            (invocation, update) =>
            {
                Sign(invocation, update, updates);
                updates.Add(update);
            },
            invocation => Hear(invocation, updates.ToAgentResponse()), cancellationToken);
    }

    private AgentInvocation Begin(ChatMessage[] heard)
    {
        var invocation = _recorder.Begin(_seat, [.. heard.Select(m => new SpokenMessage(m))]);
        var around = FunctionInvokingChatClient.CurrentContext;
        invocation.Wrapper = this;
        invocation.IsInTool = () => FunctionInvokingChatClient.CurrentContext is { } tool && tool != around;
        return invocation;
    }

    private static void Hear(AgentInvocation invocation, AgentResponse response)
    {
        var usage = response.Usage.ToTokenUsage();
        var answered = response.Messages.SelectMany(m => m.Contents).OfType<FunctionResultContent>().Select(r => r.CallId).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < response.Messages.Count; i++)
        {
            var message = response.Messages[i];
            message.MessageId ??= IdOf(invocation, i);
            var said = message.Clone();
            said.Contents = [.. message.Contents];
            if (TraceOf(response) is { } trace) (said.AdditionalProperties ??= [])[TokenTrace.PropertyName] = trace;
            invocation.Hear(new(said, message, response, usage));

            // A handoff is a declaration, which no loop calls; a tool of that name has a result.
            var open = said.Contents.OfType<FunctionCallContent>().Where(c => !answered.Contains(c.CallId));
            if (open.Any(c => c.Name.StartsWith(HandoffPrefix, StringComparison.Ordinal))) invocation.TransferredTo = AgentInvocation.AnyAgent;
        }
    }

    // A reader makes messages of the updates, which are known again by their ids.
    private static void Sign(AgentInvocation invocation, AgentResponseUpdate update, List<AgentResponseUpdate> before)
    {
        if (update.MessageId is not null) return;
        var isNext = before.Count > 0 && update.Role is { } role && before[^1].Role is { } last && role != last;
        update.MessageId = before.Count == 0 ? IdOf(invocation, 0) : isNext ? IdOf(invocation, before.Select(u => u.MessageId).Distinct().Count()) : before[^1].MessageId;
    }

    private static string IdOf(AgentInvocation invocation, int message) => string.Create(CultureInfo.InvariantCulture, $"{invocation.Lineage}/{message}");

    private static object? TraceOf(AgentResponse response) => response.AdditionalProperties?.GetValueOrDefault(TokenTrace.PropertyName);
}
