using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentTeams.Mcp;

/// <summary>A workflow as a tool. Each call is a run; one that waits for a person asks the client's, and goes on when it is called again with the answer.</summary>
internal sealed class WorkflowTool<TInput, TOutput> : McpServerTool
    where TOutput : notnull
{
    private readonly BoundWorkflow<TInput, TOutput> _workflow;
    private readonly TeamRuntime _runtime;
    private readonly McpServedOptions _options;
    private readonly McpTeamServerOptions _server;
    private readonly ServedRuns _runs;
    private readonly WaitingRuns? _waiting;
    private readonly ILogger _log;
    private readonly ToolShape _input = ToolShape.Of(typeof(TInput), "input");
    private readonly ToolShape _output;

    public WorkflowTool(BoundWorkflow<TInput, TOutput> workflow, TeamRuntime runtime, McpServedOptions options, McpTeamServerOptions server, ServedRuns runs, JsonElement? outputSchema = null)
    {
        (_workflow, _runtime, _options, _server, _runs) = (workflow, runtime, options, server, runs);
        _log = server.LoggerFactory.CreateLogger("AgentTeams.Mcp.Server");
        _output = outputSchema is { } schema ? ToolShape.Of(schema, "result") : ToolShape.Of(typeof(TOutput), "result");
        // What nobody is asked in needs no journal, and its state need not be data.
        _waiting = options.Checkpoints is not null || workflow.MayAsk ? new(options.Checkpoints, server.MaxWaitingRuns) : null;
        ProtocolTool = new()
        {
            Name = options.Name ?? McpToolNames.From(workflow.Name), Description = options.Description ?? workflow.Description,
            InputSchema = _input.Schema, OutputSchema = _output.Schema,
            Annotations = options.Hints == McpServedHints.None ? null : new()
            {
                ReadOnlyHint = options.Hints.HasFlag(McpServedHints.ReadOnly), DestructiveHint = options.Hints.HasFlag(McpServedHints.Destructive),
                IdempotentHint = options.Hints.HasFlag(McpServedHints.Idempotent), OpenWorldHint = options.Hints.HasFlag(McpServedHints.OpenWorld),
            },
        };
    }

    public override Tool ProtocolTool { get; }

    public override IReadOnlyList<object> Metadata => [];

    public override async ValueTask<CallToolResult> InvokeAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        TInput input;
        try
        {
            input = _input.Read<TInput>(request.Params?.Arguments);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return Refused($"The arguments are not those of '{ProtocolTool.Name}': {e.Message} Its input schema says what they are.");
        }

        var state = request.Params?.RequestState is { } sent ? ServedState.Parse(sent) : ServedState.Begin(_waiting is null ? null : input);
        if (request.Params?.RequestState is not null)
        {
            if (_waiting?.Has(state.RunId) != true) return Refused("No such run waits here; it may have given way to newer ones. Call the tool anew.");
            if (!state.IsOf(input)) return Refused("The arguments are not those with which the run that waits here began. Call with the same ones, or anew without a state.");
        }

        var call = new ServedCall(request, state, _log);
        var recorded = await TrajectoryRecorder.RecordAsync<TOutput>(call.TellAsync(_workflow.StreamAsync(input, _runtime, RunOptions(call), cancellationToken), cancellationToken)).ConfigureAwait(false);
        return await EndAsync(call, recorded, cancellationToken).ConfigureAwait(false);
    }

    private WorkflowRunOptions RunOptions(ServedCall call)
    {
        var run = new WorkflowRunOptions { Seed = new(_options.Seed, Task: call.RunId), TimeProvider = _server.TimeProvider, LoggerFactory = _server.LoggerFactory };
        run = _options.Run?.Invoke(run) ?? run;
        return _waiting is null ? run : run with { Checkpoints = _waiting.Store, RunId = call.RunId, Responder = call.Answer };
    }

    private async Task<CallToolResult> EndAsync(ServedCall call, RecordedRun<TOutput> recorded, CancellationToken cancellationToken)
    {
        var run = new ServedRun(call.RunId, ProtocolTool.Name, StatusOf(recorded), ServedRuns.SessionOf(call.Server), recorded.Trajectory) { Requests = recorded.Requests };
        if (recorded.Requests.Count > 0) return await WaitAsync(call, run).ConfigureAwait(false);
        if (_waiting is not null) await _waiting.ForgetAsync(call.RunId).ConfigureAwait(false);
        if (recorded.Trajectory.Status != TrajectoryStatus.Completed) _runs.Keep(run);
        cancellationToken.ThrowIfCancellationRequested();
        if (recorded.Error is { } error)
        {
            McpServerLog.Failed(_log, ProtocolTool.Name, call.RunId, error);
            return Failed(call.RunId, error);
        }

        var output = _output.Write(recorded.State!);
        _runs.Keep(run with { Output = output });
        var text = recorded.State as string ?? output.GetRawText();
        return new() { Content = [new TextContentBlock { Text = text }], StructuredContent = output, Meta = Meta(call.RunId) };
    }

    private async Task<CallToolResult> WaitAsync(ServedCall call, ServedRun run)
    {
        if (call.Declined || !call.CanAsk)
        {
            _runs.Keep(run with { Status = call.Declined ? "declined" : "unanswered" });
            // A store of the application's keeps the run for whoever answers it otherwise.
            await _waiting!.ForgetAsync(call.RunId).ConfigureAwait(false);
            return Told(call.Declined ? "The person who was asked declined to answer."
                : $"The run asks a person ({string.Join(", ", run.Requests.Select(r => r.Node))}), and this client cannot ask one: it has no elicitation.", call.RunId);
        }

        _runs.Keep(run);
        McpServerLog.Waits(_log, ProtocolTool.Name, call.RunId);
        await _waiting!.AddAsync(call.RunId).ConfigureAwait(false);
        throw new InputRequiredException(run.Requests.ToDictionary(r => r.Id, r => InputRequest.ForElicitation(ElicitationForm.Of(r).ToParams()), StringComparer.Ordinal), call.State.ToString());
    }

    private CallToolResult Failed(string runId, Exception error) => Told(_server.TellErrors ? error.Message : error switch
    {
        WorkflowNodeException e => $"The node '{e.NodeId}' failed ({(e.InnerException ?? e).GetType().Name}). The server's log says more.",
        WorkflowBudgetException e => $"The run used up its {e.Limit}.",
        WorkflowStepLimitException => "The run took more steps than it may.",
        JournalInUseException => "The run goes on already in another call.",
        _ => $"The run failed ({error.GetType().Name}). The server's log says more.",
    }, runId);

    private CallToolResult Refused(string why)
    {
        McpServerLog.Refused(_log, ProtocolTool.Name, why);
        return Told(why, null);
    }

    private static CallToolResult Told(string why, string? runId) => new() { IsError = true, Content = [new TextContentBlock { Text = why }], Meta = runId is null ? null : Meta(runId) };

    private static JsonObject Meta(string runId) => new() { ["agentteams/run"] = ServedRuns.UriOf(runId) };

    private static string StatusOf(RecordedRun<TOutput> recorded) => recorded.Requests.Count > 0 ? "waiting" : recorded.Trajectory.Status.ToString().ToLowerInvariant();
}
