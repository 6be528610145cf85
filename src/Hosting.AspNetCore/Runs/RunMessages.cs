using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace AgentTeams.Hosting;

/// <summary>The events of one run as its readers are told them: what happens, and what the run results in; not what models are asked.</summary>
internal sealed class RunMessages(HostedWorkflow workflow, string runId, string path, JsonSerializerOptions json)
{
    /// <summary>Where the run is joined.</summary>
    public string Address => $"{path.TrimEnd('/')}/{runId}";

    /// <summary>The message of an event, or null for what is not told.</summary>
    public RunMessage? Of(WorkflowEvent e) => e switch
    {
        WorkflowStarted => Of("run-started", new { runId, address = Address }),
        NodeStarted started => Of("node-started", new { node = e.NodeId, started.Name, turn = e.Turn, replayed = e.IsReplayed }),
        NodeCompleted completed => Of("node-completed", new { node = e.NodeId, completed.Branch, replayed = e.IsReplayed }),
        NodeRetrying retrying => Of("node-retrying", new { node = e.NodeId, retrying.Retry, error = retrying.Error.Type }),
        NodeFailed failed => Of("node-failed", new { node = e.NodeId, error = failed.Error.Type, failed.Handled, replayed = e.IsReplayed }),
        ReplyDelta { Update.Text.Length: > 0 } delta => Of("reply", new { node = e.NodeId, role = delta.Role, text = delta.Update.Text }),
        ToolProgress progress => Of("tool-progress", new { node = e.NodeId, progress.Message, progress.Fraction }),
        WorkflowWaiting waiting => Waiting(waiting),
        WorkflowFailed failed => Failed(failed.Exception),
        WorkflowCancelled => End("cancelled", new { runId, status = "cancelled" }, RunProblem.Stopped(runId)),
        _ => workflow.TryGetOutput(e, out var output) ? Completed(output) : null,
    };

    public RunMessage Failed(Exception error)
    {
        var problem = RunProblem.OfRun(error, runId);
        return End("failed", problem.ProblemDetails, problem);
    }

    private RunMessage Completed(object? output)
    {
        var body = new { runId, status = "completed", output };
        return End("completed", body, Results.Json(body, json));
    }

    private RunMessage Waiting(WorkflowWaiting waiting)
    {
        var body = new
        {
            runId, status = "waiting",
            requests = waiting.Requests.Select(r => new { r.Id, r.Node, r.Payload, r.AnswerSchema, answer = $"{Address}/requests/{string.Join('/', r.Id.Split('/').Select(Uri.EscapeDataString))}" }).ToArray(),
        };
        return End("waiting", body, Results.Json(body, json, statusCode: StatusCodes.Status202Accepted));
    }

    private RunMessage Of<T>(string type, T body) => new(type, JsonSerializer.Serialize(body, json));

    private RunMessage End<T>(string type, T body, IResult end) => new(type, JsonSerializer.Serialize(body, json), end);
}
