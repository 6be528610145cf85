using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace AgentTeams.Hosting;

/// <summary>
/// What went wrong, as problem details (RFC 9457). They name kinds, runs and nodes and quote no message: messages of models and tools may hold what users wrote, and
/// addresses and keys.
/// </summary>
internal static class RunProblem
{
    public static ProblemHttpResult InvalidInput => Of("invalid-input", StatusCodes.Status400BadRequest, "The body is not the input of this workflow.");

    public static ProblemHttpResult InvalidAnswer => Of("invalid-answer", StatusCodes.Status409Conflict, "The run waits for no such answer.");

    public static ProblemHttpResult UnknownRun => Of("unknown-run", StatusCodes.Status404NotFound, "There is no such run.");

    public static ProblemHttpResult Busy => Of("run-in-use", StatusCodes.Status409Conflict, "The run goes on elsewhere.");

    public static ProblemHttpResult Stopped(string runId) => Of("stopped", StatusCodes.Status503ServiceUnavailable, "The run was stopped before its end.", runId);

    /// <summary>What is wrong with a body, or null where it is not the body that is.</summary>
    public static ProblemHttpResult? OfBody(Exception error) => error switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Of("too-large", StatusCodes.Status413PayloadTooLarge, "The body is longer than this server reads."),
        BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } => Of("not-json", StatusCodes.Status415UnsupportedMediaType, "The body is not declared as JSON."),
        BadHttpRequestException or JsonException or NotSupportedException => InvalidInput,
        _ => null,
    };

    public static ProblemHttpResult OfRun(Exception error, string runId) => error switch
    {
        WorkflowBudgetException e => Of("budget", StatusCodes.Status500InternalServerError, $"The run used up its {e.Limit}.", runId),
        WorkflowStepLimitException => Of("step-limit", StatusCodes.Status500InternalServerError, "The run took more steps than it may.", runId),
        WorkflowReplayException => Of("replay", StatusCodes.Status409Conflict, "The run cannot go on: its workflow has changed.", runId),
        WorkflowNodeException e => Of("node-failed", StatusCodes.Status500InternalServerError, "A node of the workflow failed.", runId, e.NodeId),
        WorkflowStoreException => Of("store", StatusCodes.Status503ServiceUnavailable, "The run cannot be kept.", runId),
        JournalInUseException => Of("run-in-use", StatusCodes.Status409Conflict, "The run goes on elsewhere.", runId),
        _ => Of("failed", StatusCodes.Status500InternalServerError, "The run failed.", runId),
    };

    private static ProblemHttpResult Of(string type, int status, string title, string? runId = null, string? node = null)
    {
        var problem = new ProblemDetails { Type = "urn:agentteams:" + type, Status = status, Title = title };
        if (runId is not null) problem.Extensions["runId"] = runId;
        if (node is not null) problem.Extensions["node"] = node;
        return TypedResults.Problem(problem);
    }
}
