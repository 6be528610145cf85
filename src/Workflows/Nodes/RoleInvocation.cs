using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>The tool-call loop: asks the model, runs the tools it asks for and asks again, until it answers.</summary>
internal sealed class RoleInvocation
{
    private const string IdempotencyKey = "idempotency_key";
    private readonly Role _role;
    private readonly RoleTools _tools;
    private readonly CallPipeline _toolCalls;
    private readonly ChatResponseFormat? _format;

    public RoleInvocation(Role role, string node, TimeSpan? timeout)
    {
        _role = role;
        _tools = new(role.Tools);
        _toolCalls = new(node, timeout);
        _format = FormatOf(role.Options);
    }

    private static ChatResponseFormatJson? FormatOf(RoleOptions options) => options.ResponseSchema is { } schema ? ChatResponseFormat.ForJsonSchema(schema) : null;

    /// <summary>The final response; the conversation grows by everything that was said.</summary>
    public async ValueTask<ChatResponse> AskAsync(NodeVisit visit, CallPipeline modelCalls, IChatClient client, List<ChatMessage> conversation, int attempt, CancellationToken cancellationToken)
    {
        var sampling = visit.Run.OptionsOf(_role);
        var tools = _tools.With(visit.Run.Middleware.ToolsOf(visit.Run.Info, _role), _role);
        visit.StartAttempt(attempt);
        for (var round = 0; ; round++)
        {
            var (response, calls) = visit.NextRecordedCall() is { } recorded
                ? Recall(visit, recorded)
                : await AskOnceAsync(visit, tools, modelCalls, client, [.. conversation], sampling, attempt, round, cancellationToken).ConfigureAwait(false);
            conversation.AddRange(response.Messages);
            if (calls.Open.Count == 0) return response;
            if (round >= sampling.MaxToolRounds) throw new ToolRoundLimitException(_role.Name, sampling.MaxToolRounds);
            conversation.Add(await ExecuteAsync(visit, tools, calls.Open, sampling, cancellationToken).ConfigureAwait(false));
        }
    }

    private static (ChatResponse Response, FunctionCalls Calls) Recall(NodeVisit visit, CallCommit recorded)
    {
        var response = recorded.ReadReply();
        visit.Restore(recorded);
        return (response, FunctionCalls.Of(response));
    }

    private async ValueTask<(ChatResponse Response, FunctionCalls Calls)> AskOnceAsync(
        NodeVisit visit, RoleTools tools, CallPipeline modelCalls, IChatClient client, ChatMessage[] input, RoleOptions sampling, int attempt, int round, CancellationToken cancellationToken)
    {
        var seed = visit.Seed(attempt, round);
        var looped = new LoopedCalls(visit, _role.Name, attempt, round);
        var sent = new SentMessages { Messages = input };
        var options = CreateOptions(tools, sampling, seed, round);
        if (visit.Run.Journal.IsDurable) (options.AdditionalProperties ??= [])[IdempotencyKey] = ToolCallContext.KeyOf(visit.Run.Id, $"{visit.Id}/{attempt}/{round}");
        var outcome = await modelCalls.RunAsync(visit, t => AskAsync(visit, looped, client, sent, options, t), cancellationToken).ConfigureAwait(false);
        if (sent.Asides is { } asides) visit.RecordAsides(asides.Take());
        var heard = ReferenceEquals(sent.Messages, input) ? ImmutableCollectionsMarshal.AsImmutableArray(input) : [.. sent.Messages];
        var template = looped.IsEmpty ? null : looped.RecordEarlier(Template(visit, heard) with { Tries = outcome.Tries }, (call, result) => Describe(visit, tools, call, result));
        if (outcome.Error is { } error)
        {
            visit.HoldModelCall(looped.Last?.Describe(template!) ?? outcome.Describe(Template(visit, heard)), usesTools: false);
            ExceptionDispatchInfo.Throw(error);
        }

        var response = outcome.Value ?? throw new AgentTeamsException($"The chat client of the role '{_role.Name}' returned no response. Mend the client.");
        var calls = looped.Last is { } last ? FunctionCalls.Of(last, response) : FunctionCalls.Of(response);
        var node = looped.Last is { } own ? own.Describe(template!) : visit.Describe(_role.Name, visit.Run.GetPolicy(_role), heard, outcome, response, usesTools: !calls.IsEmpty);
        visit.Run.Budget.Use(node.Usage, node.Policy?.Model ?? response.ModelId);
        if (template is null) visit.HoldModelCall(node);
        else visit.HoldModelCall(node, usesTools: !calls.IsEmpty);
        foreach (var (call, result) in calls.Answered) visit.HoldToolCall(Describe(visit, tools, call, result));
        if (calls.Open.Count == 0 || round >= sampling.MaxToolRounds) return (response, calls);
        visit.Release();
        await visit.CommitModelCallAsync(response).ConfigureAwait(false);
        return (response, calls);
    }

    private Task<ChatResponse> AskAsync(NodeVisit visit, LoopedCalls looped, IChatClient client, SentMessages sent, ChatOptions options, CancellationToken cancellationToken)
    {
        visit.Run.Budget.BeginModelCall();
        return visit.Run.Middleware.IsEmpty
            ? SendAsync(visit, looped, client, sent.Messages, options, cancellationToken)
            : AskInsideAsync(visit, looped, client, sent, options, cancellationToken);
    }

    // On its own, as captured variables are allocated where a method begins, and most runs have no middleware.
    private Task<ChatResponse> AskInsideAsync(NodeVisit visit, LoopedCalls looped, IChatClient client, SentMessages sent, ChatOptions options, CancellationToken cancellationToken) =>
        visit.Run.Middleware.AskAsync(new(visit, sent.Asides ??= new(visit), _role, client, sent.Messages, options.Clone()), (call, token) =>
        {
            sent.Messages = call.Messages;
            return SendAsync(visit, looped, call.Client, call.Messages, call.Options, token);
        }, call => sent.Messages = call.Messages, cancellationToken);

    private static Task<ChatResponse> SendAsync(NodeVisit visit, LoopedCalls looped, IChatClient client, IReadOnlyList<ChatMessage> messages, ChatOptions options, CancellationToken cancellationToken) =>
        visit.Agent is { } agent
            ? ChatObservation.AskAsync(visit, agent, looped, client, messages, options, cancellationToken)
            : looped.AskAsync(client, messages, options, cancellationToken);

    private async ValueTask<ChatMessage> ExecuteAsync(NodeVisit visit, RoleTools tools, IReadOnlyList<FunctionCallContent> calls, RoleOptions sampling, CancellationToken cancellationToken)
    {
        var templates = calls.Select(c => Template(visit, tools, c) with { Id = visit.NextToolId() }).ToList();
        var done = new List<(TrajectoryNode Node, ImmutableArray<TrajectoryNode> Inner, object Answer)>(calls.Count);
        if (calls.Count > 1 && sampling.ConcurrentToolCalls && !tools.ActInWorld)
        {
            // On threads of their own, so that tools which block run at the same time too.
            done.AddRange(await Task.WhenAll(calls.Select((call, i) => Task.Run(() => ExecuteAsync(visit, tools, call, templates[i], cancellationToken), CancellationToken.None))).ConfigureAwait(false));
            foreach (var (node, inner, _) in done) visit.RecordTool(node, inner);
        }
        else
        {
            for (var i = 0; i < calls.Count && !cancellationToken.IsCancellationRequested; i++)
            {
                done.Add(await ExecuteAsync(visit, tools, calls[i], templates[i], cancellationToken).ConfigureAwait(false));
                visit.RecordTool(done[i].Node, done[i].Inner);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        visit.Parents = [.. done.Select(d => d.Node.Id)];
        return new(ChatRole.Tool, [.. done.Select((d, i) => new FunctionResultContent(calls[i].CallId, d.Answer))]);
    }

    private async Task<(TrajectoryNode Node, ImmutableArray<TrajectoryNode> Inner, object Answer)> ExecuteAsync(NodeVisit visit, RoleTools tools, FunctionCallContent call, TrajectoryNode template, CancellationToken cancellationToken)
    {
        var (tool, arguments) = (tools[call.Name], Arguments(tools, call));
        if (visit.RecordedTool(template.Id) is { Records: [var recorded, ..] } commit)
        {
            if (recorded.Error is null && tool is WorldTool action) await action.ReplayAsync(visit, arguments!, cancellationToken).ConfigureAwait(false);
            return (recorded, [.. commit.Records.Skip(1)], ToolCalls.ForModel(recorded));
        }

        if (Refusal(tools, call, arguments) is { } refusal) return (template with { Error = refusal, Start = visit.Run.TimeProvider.GetUtcNow() }, [], $"Error: {refusal.Message}");
        var context = visit.CallContext(template.Id, call.CallId);
        var outcome = await _toolCalls.RunAsync(visit, t => ToolCalls.InvokeAsync(tool!, arguments!, visit.Run, context, t), cancellationToken).ConfigureAwait(false);
        if (outcome.Error is WorkflowBudgetException stop) throw stop;
        var node = ToolCalls.Describe(outcome, template, context, visit.Run.ToElement);
        if (!cancellationToken.IsCancellationRequested) await visit.CommitToolAsync(node, context.Inner).ConfigureAwait(false);
        return (node, context.Inner, outcome.Value?.ForModel() ?? $"Error: {outcome.Error?.Message}");
    }

    private static NodeError? Refusal(RoleTools tools, FunctionCallContent call, IDictionary<string, object?>? arguments) =>
        tools[call.Name] is null ? new("UnknownTool", $"There is no tool '{call.Name}'. {(tools.Names.Length == 0 ? "There are none." : $"The tools are: {string.Join(", ", tools.Names)}.")}")
        : arguments is null ? new("MalformedArguments", $"The arguments of '{call.Name}' could not be read: {call.Exception?.Message} Give one JSON object.")
        : null;

    private static IDictionary<string, object?>? Arguments(RoleTools tools, FunctionCallContent call) => CallArguments.Read(call, tools[call.Name]);

    private TrajectoryNode Describe(NodeVisit visit, RoleTools tools, FunctionCallContent call, FunctionResultContent? result)
    {
        var node = Template(visit, tools, call) with { Id = visit.NextToolId(), Start = visit.Run.TimeProvider.GetUtcNow() };
        if (result is null) return node;
        return result.Exception is { } e ? node with { Error = NodeVisit.Describe(e) } : ToolCalls.Describe(ToolResult.From(result.Result), node);
    }

    private TrajectoryNode Template(NodeVisit visit, ImmutableArray<ChatMessage> input) => visit.Template(NodeKind.Role) with { Role = _role.Name, Policy = visit.Run.GetPolicy(_role), Input = input };

    private TrajectoryNode Template(NodeVisit visit, RoleTools tools, FunctionCallContent call) => visit.Template(NodeKind.Tool) with
    {
        Role = _role.Name,
        ToolName = call.Name,
        Server = tools[call.Name]?.GetService<IServedTool>()?.Server,
        Arguments = Arguments(tools, call) is { } given ? visit.Run.ToElement(given) : null,
    };

    private ChatOptions CreateOptions(RoleTools tools, RoleOptions sampling, long seed, int round) => new()
    {
        Temperature = sampling.Temperature,
        TopP = sampling.TopP,
        TopK = sampling.TopK,
        Reasoning = sampling.Reasoning,
        MaxOutputTokens = sampling.MaxOutputTokens,
        StopSequences = sampling.StopSequences.Count == 0 ? null : [.. sampling.StopSequences],
        ResponseFormat = ReferenceEquals(sampling, _role.Options) ? _format : FormatOf(sampling),
        Tools = Offers(tools, sampling, round) ? [.. tools.Offered] : null,
        // A demand holds for the first call; if it held for every round, no round could answer.
        ToolMode = Offers(tools, sampling, round) && (round == 0 || sampling.ToolMode is not RequiredChatToolMode) ? sampling.ToolMode : null,
        Seed = seed,
    };

    private static bool Offers(RoleTools tools, RoleOptions sampling, int round) => tools.Names.Length > 0
        && !(round == sampling.MaxToolRounds && sampling.OnToolRoundLimit == ToolRoundLimit.AnswerWithoutTools);

    /// <summary>What was sent, which middleware may have changed, and whom it asked for it.</summary>
    private sealed class SentMessages
    {
        public required IReadOnlyList<ChatMessage> Messages { get; set; }

        public AsideCalls? Asides { get; set; }
    }
}
