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

    public RecordedAgent(AIAgent inner, AgentRecorder recorder)
        : base(inner) => (_recorder, _seat) = (recorder, recorder.SeatOf(inner.Name!, inner));

    public AIAgent Inner => InnerAgent;

    protected override Task<AgentResponse> RunCoreAsync(
        IEnumerable<ChatMessage> messages, AgentSession? session = null, AgentRunOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatMessage[] heard = [.. messages];
        return _recorder.RecordOneAsync(() => Begin(heard), (_, token) => InnerAgent.RunAsync(heard, session, options, token), Hear, cancellationToken);
    }

    protected override IAsyncEnumerable<AgentResponseUpdate> RunCoreStreamingAsync(
        IEnumerable<ChatMessage> messages, AgentSession? session = null, AgentRunOptions? options = null, CancellationToken cancellationToken = default)
    {
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

    private AgentInvocation Begin(ChatMessage[] heard) => _recorder.Begin(_seat, [.. heard.Select(m => new SpokenMessage(m))]);

    private static void Hear(AgentInvocation invocation, AgentResponse response)
    {
        var usage = response.Usage.ToTokenUsage();
        for (var i = 0; i < response.Messages.Count; i++)
        {
            var message = response.Messages[i];
            message.MessageId ??= IdOf(invocation, i);
            var said = message.Clone();
            said.Contents = [.. message.Contents];
            if (TraceOf(response) is { } trace) (said.AdditionalProperties ??= [])[TokenTrace.PropertyName] = trace;
            invocation.Hear(new(said, message, response, usage));
            if (said.Contents.OfType<FunctionCallContent>().Any(c => c.Name.StartsWith(HandoffPrefix, StringComparison.Ordinal))) invocation.TransferredTo = AgentInvocation.AnyAgent;
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
