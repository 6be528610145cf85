using System.Collections.Frozen;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>The tool-call loop: asks the model, runs the tools it asks for and asks again, until it answers.</summary>
internal sealed class RoleInvocation
{
    private readonly Role _role;
    private readonly FrozenDictionary<string, AIFunction> _tools;
    private readonly OwnBodyTool[] _offered;
    private readonly CallPipeline _toolCalls;
    private readonly ChatResponseFormat? _format;

    public RoleInvocation(Role role, string node, TimeSpan? timeout)
    {
        _role = role;
        _tools = role.Tools.DistinctBy(t => t.Name, StringComparer.Ordinal).ToFrozenDictionary(t => t.Name, StringComparer.Ordinal);
        _offered = [.. role.Tools.Select(t => new OwnBodyTool(t))];
        _toolCalls = new(node, timeout);
        _format = role.Options.ResponseSchema is { } schema ? ChatResponseFormat.ForJsonSchema(schema) : null;
    }

    /// <summary>The final response; the conversation grows by everything that was said.</summary>
    public async ValueTask<ChatResponse> AskAsync(NodeVisit visit, CallPipeline modelCalls, IChatClient client, List<ChatMessage> conversation, int attempt, CancellationToken cancellationToken)
    {
        visit.StartAttempt(attempt);
        for (var round = 0; ; round++)
        {
            var input = conversation.ToArray();
            var seed = visit.Seed(attempt, round);
            var template = visit.Template(NodeKind.Role) with { Role = _role.Name, Policy = visit.Run.GetPolicy(_role), Input = ImmutableCollectionsMarshal.AsImmutableArray(input) };
            var looped = new LoopedCalls(visit, _role.Name, attempt, round);
            var outcome = await modelCalls.RunAsync(visit, t => looped.AskAsync(client, input, CreateOptions(seed, round), t), cancellationToken).ConfigureAwait(false);
            template = looped.RecordEarlier(template with { Tries = outcome.Tries }, (call, result) => Describe(visit, call, result));
            if (outcome.Error is { } error)
            {
                visit.HoldModelCall(looped.Last?.Describe(template) ?? outcome.Describe(template), usesTools: false);
                ExceptionDispatchInfo.Throw(error);
            }

            var response = outcome.Value ?? throw new AgentTeamsException($"The chat client of the role '{_role.Name}' returned no response. Mend the client.");
            conversation.AddRange(response.Messages);
            var calls = looped.Last is { } last ? FunctionCalls.Of(last, response) : FunctionCalls.Of(response);
            visit.HoldModelCall(looped.Last?.Describe(template) ?? ModelCall.Describe(outcome.Describe(template), response), usesTools: !calls.IsEmpty);
            foreach (var (call, result) in calls.Answered) visit.HoldToolCall(Describe(visit, call, result));
            if (calls.Open.Count == 0) return response;
            if (round >= _role.Options.MaxToolRounds) throw new ToolRoundLimitException(_role.Name, _role.Options.MaxToolRounds);
            visit.Release();
            conversation.Add(await ExecuteAsync(visit, calls.Open, cancellationToken).ConfigureAwait(false));
        }
    }

    private async ValueTask<ChatMessage> ExecuteAsync(NodeVisit visit, IReadOnlyList<FunctionCallContent> calls, CancellationToken cancellationToken)
    {
        var templates = calls.Select(c => Template(visit, c) with { Id = visit.NextToolId() }).ToList();
        var done = new List<(TrajectoryNode Node, object Answer)>(calls.Count);
        if (calls.Count > 1 && _role.Options.ConcurrentToolCalls)
        {
            // On threads of their own, so that tools which block run at the same time too.
            done.AddRange(await Task.WhenAll(calls.Select((call, i) => Task.Run(() => ExecuteAsync(visit, call, templates[i], cancellationToken), CancellationToken.None))).ConfigureAwait(false));
            foreach (var (node, _) in done) visit.Record(node);
        }
        else
        {
            for (var i = 0; i < calls.Count && !cancellationToken.IsCancellationRequested; i++)
            {
                done.Add(await ExecuteAsync(visit, calls[i], templates[i], cancellationToken).ConfigureAwait(false));
                visit.Record(done[i].Node);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        visit.Parents = [.. done.Select(d => d.Node.Id)];
        return new(ChatRole.Tool, [.. done.Select((d, i) => new FunctionResultContent(calls[i].CallId, d.Answer))]);
    }

    private async Task<(TrajectoryNode Node, object Answer)> ExecuteAsync(NodeVisit visit, FunctionCallContent call, TrajectoryNode template, CancellationToken cancellationToken)
    {
        var arguments = Arguments(call);
        if (Refusal(call, arguments) is { } refusal) return (template with { Error = refusal, Start = visit.Run.TimeProvider.GetUtcNow() }, $"Error: {refusal.Message}");
        var outcome = await _toolCalls.RunAsync(visit, t => ToolCalls.InvokeAsync(_tools[call.Name], arguments!, visit.Run.Services, t), cancellationToken).ConfigureAwait(false);
        return (ToolCalls.Describe(outcome, template, visit.Run.ToElement), outcome.Value?.ForModel() ?? $"Error: {outcome.Error?.Message}");
    }

    private NodeError? Refusal(FunctionCallContent call, IDictionary<string, object?>? arguments) =>
        !_tools.ContainsKey(call.Name) ? new("UnknownTool", $"There is no tool '{call.Name}'. {(_tools.Count == 0 ? "There are none." : $"The tools are: {string.Join(", ", _role.Tools.Select(t => t.Name))}.")}")
        : arguments is null ? new("MalformedArguments", $"The arguments of '{call.Name}' could not be read: {call.Exception?.Message} Give one JSON object.")
        : null;

    private IDictionary<string, object?>? Arguments(FunctionCallContent call) => CallArguments.Read(call, _tools.GetValueOrDefault(call.Name));

    private TrajectoryNode Describe(NodeVisit visit, FunctionCallContent call, FunctionResultContent? result)
    {
        var node = Template(visit, call) with { Id = visit.NextToolId(), Start = visit.Run.TimeProvider.GetUtcNow() };
        if (result is null) return node;
        return result.Exception is { } e ? node with { Error = NodeVisit.Describe(e) } : ToolCalls.Describe(ToolResult.From(result.Result), node);
    }

    private TrajectoryNode Template(NodeVisit visit, FunctionCallContent call) => visit.Template(NodeKind.Tool) with
    {
        Role = _role.Name,
        ToolName = call.Name,
        Arguments = Arguments(call) is { } given ? visit.Run.ToElement(given) : null,
    };

    private ChatOptions CreateOptions(long seed, int round) => new()
    {
        Temperature = _role.Options.Temperature,
        TopP = _role.Options.TopP,
        TopK = _role.Options.TopK,
        Reasoning = _role.Options.Reasoning,
        MaxOutputTokens = _role.Options.MaxOutputTokens,
        StopSequences = _role.Options.StopSequences.Count == 0 ? null : [.. _role.Options.StopSequences],
        ResponseFormat = _format,
        Tools = OffersTools(round) ? [.. _offered] : null,
        // A demand holds for the first call; if it held for every round, no round could answer.
        ToolMode = OffersTools(round) && (round == 0 || _role.Options.ToolMode is not RequiredChatToolMode) ? _role.Options.ToolMode : null,
        Seed = seed,
    };

    private bool OffersTools(int round) => _offered.Length > 0
        && !(round == _role.Options.MaxToolRounds && _role.Options.OnToolRoundLimit == ToolRoundLimit.AnswerWithoutTools);
}
