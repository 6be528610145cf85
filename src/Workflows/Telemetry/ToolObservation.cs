using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>A tool call while somebody listens: its span, and how long it took.</summary>
internal static class ToolObservation
{
    private const string ErrorResult = "tool_error";

    public static async Task<ToolResult> CallAsync(AIFunction tool, IDictionary<string, object?> arguments, ToolCallContext call, Func<Task<ToolResult>> make)
    {
        var (visit, agent) = (call.Visit, call.Visit.Agent?.RoleName);
        var began = visit.Run.TimeProvider.GetTimestamp();
        var activity = WorkflowTelemetry.Start("execute_tool " + tool.Name, ActivityKind.Internal, [new(Tags.Operation, "execute_tool"), new(Tags.ToolName, tool.Name), new(Tags.ToolType, "function")]);
        if (activity is { IsAllDataRequested: true }) Describe(activity, tool, arguments, call, agent);
        var tags = new TagList { { Tags.ToolName, tool.Name }, { Tags.ToolType, "function" } };
        if (agent is not null) tags.Add(Tags.AgentName, agent);
        try
        {
            var result = await make().ConfigureAwait(false);
            if (result.IsError)
            {
                tags.Add(Tags.ErrorType, ErrorResult);
                activity?.AddTag(Tags.ErrorType, ErrorResult).SetStatus(ActivityStatusCode.Error, visit.Run.TellsMessages ? result.Text : null);
            }

            if (visit.Run.TellsMessages) activity?.AddTag(Tags.ToolResult, JsonSerializer.Serialize(result.ForRecord(visit.Run.ToElement), TrajectoryJson.Options));
            return result;
        }
        catch (Exception e)
        {
            tags.Add(Tags.ErrorType, activity.SetError(e, visit.Run.TellsMessages));
            throw;
        }
        finally
        {
            WorkflowTelemetry.Measure(WorkflowTelemetry.ToolDuration, visit.Run.TimeProvider.GetElapsedTime(began).TotalSeconds, tags);
            WorkflowTelemetry.Stop(activity);
        }
    }

    private static void Describe(Activity activity, AIFunction tool, IDictionary<string, object?> arguments, ToolCallContext call, string? agent)
    {
        var visit = call.Visit;
        activity.AddTag(Tags.RunId, visit.Run.Id).AddTag(Tags.NodeId, call.CallId).AddTag(Tags.Turn, visit.Turn);
        if (agent is not null) activity.AddTag(Tags.Role, agent);
        if (call.AskedAs is { } id) activity.AddTag(Tags.ToolCallId, id);
        if (tool.Description is { Length: > 0 } description) activity.AddTag(Tags.ToolDescription, description);
        if (visit.Run.TellsMessages) activity.AddTag(Tags.ToolArguments, visit.Run.ToElement(arguments).GetRawText());
    }
}
