using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgentTeams.Hosting;

/// <summary>Answers the requests to one workflow.</summary>
internal sealed class WorkflowEndpoint(HostedWorkflow workflow, WorkflowEndpointOptions options, ILogger log, CancellationToken stopping)
{
    private readonly LiveRuns _runs = new(options.OnDisconnect == DisconnectBehavior.GoOn, log, stopping);

    public async Task StartAsync(HttpContext context)
    {
        object? input;
        try
        {
            if (!context.Request.HasJsonContentType()) throw new BadHttpRequestException("", StatusCodes.Status415UnsupportedMediaType);
            input = await context.Request.ReadFromJsonAsync(workflow.InputType, JsonOf(context), context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested && RunProblem.OfBody(e) is not null)
        {
            await RunProblem.OfBody(e)!.ExecuteAsync(context).ConfigureAwait(false);
            return;
        }

        if (input is null)
        {
            await RunProblem.InvalidInput.ExecuteAsync(context).ConfigureAwait(false);
            return;
        }

        var runId = RunIds.New();
        var telling = new RunMessages(workflow, runId, context.Request.PathBase + context.Request.Path, JsonOf(context));
        var run = _runs.Start(runId, telling, token => workflow.StartAsync(input, runId, options.StreamReplies && WantsEvents(context), token));
        context.Response.Headers.Location = telling.Address;
        await AnswerFromAsync(context, run).ConfigureAwait(false);
    }

    public async Task JoinAsync(HttpContext context)
    {
        if (await FindAsync(context).ConfigureAwait(false) is { } run) await AnswerFromAsync(context, run).ConfigureAwait(false);
    }

    public async Task AnswerAsync(HttpContext context)
    {
        var (runId, requestId) = (RouteValue(context, "runId"), RouteValue(context, "requestId"));
        try
        {
            if (!context.Request.HasJsonContentType()) throw new BadHttpRequestException("", StatusCodes.Status415UnsupportedMediaType);
            var answer = await context.Request.ReadFromJsonAsync<JsonElement>(JsonOf(context), context.RequestAborted).ConfigureAwait(false);
            if (!await ExistsAsync(runId, context.RequestAborted).ConfigureAwait(false))
            {
                await RunProblem.UnknownRun.ExecuteAsync(context).ConfigureAwait(false);
                return;
            }

            await workflow.AnswerAsync(runId, requestId, answer, context.RequestAborted).ConfigureAwait(false);
        }
        catch (JournalInUseException)
        {
            await RunProblem.Busy.ExecuteAsync(context).ConfigureAwait(false);
            return;
        }
        catch (AgentTeamsException e)
        {
            EndpointLog.Refused(log, runId, requestId, e);
            await RunProblem.InvalidAnswer.ExecuteAsync(context).ConfigureAwait(false);
            return;
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested && RunProblem.OfBody(e) is not null)
        {
            await RunProblem.OfBody(e)!.ExecuteAsync(context).ConfigureAwait(false);
            return;
        }

        if (await FindAsync(context).ConfigureAwait(false) is { } run) await AnswerFromAsync(context, run).ConfigureAwait(false);
    }

    private static string RouteValue(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;

    private static JsonSerializerOptions JsonOf(HttpContext context) => context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;

    private static bool WantsEvents(HttpContext context) =>
        context.Request.GetTypedHeaders().Accept.Any(a => a.MediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase));

    private async Task<bool> ExistsAsync(string runId, CancellationToken cancellationToken) =>
        RunIds.IsValid(runId) && await workflow.ExistsAsync(runId, cancellationToken).ConfigureAwait(false);

    /// <summary>The run that the address names: one that goes on here, else one that the store keeps; answers the request itself where there is none.</summary>
    private async Task<LiveRun?> FindAsync(HttpContext context)
    {
        var runId = RouteValue(context, "runId");
        while (_runs.Find(runId) is { } live)
        {
            // One that has told its end, or is being cancelled, frees its journal in a moment.
            if (!live.IsOver) return live;
            await live.Completed.WaitAsync(context.RequestAborted).ConfigureAwait(false);
        }

        if (!await ExistsAsync(runId, context.RequestAborted).ConfigureAwait(false))
        {
            await RunProblem.UnknownRun.ExecuteAsync(context).ConfigureAwait(false);
            return null;
        }

        var path = context.Request.PathBase + context.Request.Path.Value![..context.Request.Path.Value!.IndexOf("/" + runId, StringComparison.Ordinal)];
        var telling = new RunMessages(workflow, runId, path, JsonOf(context));
        return _runs.Start(runId, telling, token => workflow.ResumeAsync(runId, options.StreamReplies && WantsEvents(context), token));
    }

    private static async Task AnswerFromAsync(HttpContext context, LiveRun run)
    {
        if (WantsEvents(context))
        {
            var last = context.Request.Headers["Last-Event-ID"].ToString();
            await TypedResults.ServerSentEvents(EventsOf(run, last, context.RequestAborted)).ExecuteAsync(context).ConfigureAwait(false);
            return;
        }

        RunMessage? end = null;
        await foreach (var message in run.ReadAsync(null, context.RequestAborted).ConfigureAwait(false)) end = message;
        await (end!.End ?? RunProblem.Stopped(run.Id)).ExecuteAsync(context).ConfigureAwait(false);
    }

    private static async IAsyncEnumerable<SseItem<string>> EventsOf(LiveRun run, string last, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var message in run.ReadAsync(last, cancellationToken).ConfigureAwait(false))
            yield return new(message.Json, message.Type) { EventId = message.Id };
    }
}
