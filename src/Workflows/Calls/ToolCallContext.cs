using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>What a tool can know of the call that it answers; in <see cref="AIFunctionArguments.Context"/> under its type.</summary>
/// <example>
/// <code>
/// AIFunctionFactory.Create((string order, AIFunctionArguments arguments) => Pay(order, ToolCallContext.Of(arguments)?.IdempotencyKey), "pay");
/// </code>
/// </example>
public sealed class ToolCallContext
{
    private readonly NodeVisit _visit;
    private readonly Lock _gate = new();
    private ImmutableArray<TrajectoryNode> _inner = [];
    private int _asked;

    internal ToolCallContext(NodeVisit visit, string callId) => (_visit, CallId) = (visit, callId);

    internal NodeVisit Visit => _visit;

    /// <summary>The id under which the model asked for it; null where a node makes it.</summary>
    internal string? AskedAs { get; init; }

    /// <summary>What middleware made of the arguments; null where it left them.</summary>
    internal IReadOnlyDictionary<string, object?>? Sent { get; set; }

    /// <summary>What was asked of people and models while the call went on: records that follow its own.</summary>
    internal ImmutableArray<TrajectoryNode> Inner
    {
        get
        {
            lock (_gate) return _inner;
        }
    }

    /// <summary>The id of the call in its run's record.</summary>
    public string CallId { get; }

    /// <summary>
    /// 32 hexadecimal digits that are the same each time this call is made, in retries and when the run is resumed in another process, and those of
    /// no other call: a service that has answered a key once may answer it again without doing the work twice.
    /// </summary>
    public string IdempotencyKey => field ??= KeyOf(_visit.Run.Id, CallId);

    /// <summary>The context of the call that is being answered, or null where no workflow made it.</summary>
    public static ToolCallContext? Of(AIFunctionArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return arguments.Context?.TryGetValue(typeof(ToolCallContext), out var context) == true ? context as ToolCallContext : null;
    }

    /// <summary>Tells the readers of the run how far the call got, as <see cref="ToolProgress"/>.</summary>
    /// <param name="message">What the tool is doing.</param>
    /// <param name="fraction">How much of it is done, from 0 to 1; null, the default, where it cannot tell.</param>
    public void Report(string message, double? fraction = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        _visit.Tell(new ToolProgress(CallId, message, fraction));
    }

    /// <summary>
    /// Asks whoever answers the run's human requests (<see cref="WorkflowRunOptions.Responder"/>) while the call goes on. The run cannot be put aside
    /// meanwhile, as it can be at a human node. Question and answer are recorded behind the call; a resumed run has the call's result and asks nobody again.
    /// </summary>
    /// <param name="question">What is asked.</param>
    /// <param name="answerSchema">The JSON schema of the answer.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The answer, or null where nobody gave one.</returns>
    public async ValueTask<JsonElement?> AskAsync(JsonElement question, JsonElement answerSchema, CancellationToken cancellationToken = default)
    {
        var run = _visit.Run;
        var request = new HumanRequest(NextId(), _visit.Name, question, answerSchema) { Path = _visit.Path };
        var (start, began) = (run.TimeProvider.GetUtcNow(), run.TimeProvider.GetTimestamp());
        _visit.Tell(new HumanAsked(request));
        var given = run.Responder is { } responder ? await responder(request, cancellationToken).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false) : null;
        var answer = given is null ? (JsonElement?)null : given as JsonElement? ?? JournalJson.Write(given, _visit.Name);
        Keep(Record(NodeKind.Human, request.Id) with
        {
            Arguments = question,
            Result = answer,
            Error = answer is null ? new("NotAnswered", "Nobody answered. Set WorkflowRunOptions.Responder.") : null,
            Start = start,
            Duration = run.TimeProvider.GetElapsedTime(began),
        });
        return answer;
    }

    /// <summary>Asks the run's model of a role while the call goes on; counted in the run's budget and recorded behind the call as that role's.</summary>
    internal async Task<ChatResponse> AskModelAsync(Role role, IReadOnlyList<ChatMessage> messages, Action<ChatOptions> configure, CancellationToken cancellationToken)
    {
        var run = _visit.Run;
        run.Budget.BeginModelCall();
        var id = NextId();
        var sampling = run.OptionsOf(role);
        var options = new ChatOptions
        {
            Temperature = sampling.Temperature, TopP = sampling.TopP, TopK = sampling.TopK, MaxOutputTokens = sampling.MaxOutputTokens,
            StopSequences = sampling.StopSequences.Count == 0 ? null : [.. sampling.StopSequences], Seed = (_visit.Scope.Seed with { Node = id, Visit = _visit.Visit, Attempt = _visit.Attempt }).ToSeed(),
        };
        configure(options);
        ImmutableArray<ChatMessage> input = role.Instructions.Length == 0 ? [.. messages] : [new(ChatRole.System, role.Instructions), .. messages];
        var (start, began) = (run.TimeProvider.GetUtcNow(), run.TimeProvider.GetTimestamp());
        var node = Record(NodeKind.Role, id) with { Role = role.Name, Policy = run.GetPolicy(role), Input = input, Start = start };
        try
        {
            var response = await run.GetChatClient(role).GetResponseAsync(input, options, cancellationToken).ConfigureAwait(false);
            node = ModelCall.Describe(node with { Duration = run.TimeProvider.GetElapsedTime(began) }, response);
            run.Budget.Use(node.Usage, node.Policy?.Model ?? response.ModelId);
            Keep(node);
            return response;
        }
        catch (Exception e)
        {
            Keep(node with { Duration = run.TimeProvider.GetElapsedTime(began), Error = NodeError.Of(e) });
            throw;
        }
    }

    private string NextId() => string.Create(CultureInfo.InvariantCulture, $"{CallId}/ask-{Interlocked.Increment(ref _asked) - 1}");

    private TrajectoryNode Record(NodeKind kind, string id) => _visit.Template(kind) with { Id = id, Parents = [CallId] };

    private void Keep(TrajectoryNode node)
    {
        lock (_gate) _inner = _inner.Add(node);
    }

    internal static string KeyOf(string run, string callId) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{run.Length}:{run}/{callId}")).AsSpan(0, 16));
}
