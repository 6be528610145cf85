using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>Calls tools and describes the calls for the trajectory.</summary>
internal static class ToolCalls
{
    public static async Task<ToolResult> InvokeAsync(AIFunction tool, IDictionary<string, object?> arguments, IServiceProvider? services, CancellationToken cancellationToken) =>
        ToolResult.From(await tool.InvokeAsync(new AIFunctionArguments(arguments) { Services = services }, cancellationToken).ConfigureAwait(false));

    public static TrajectoryNode Describe(CallOutcome<ToolResult> outcome, TrajectoryNode template, Func<object, JsonElement> write)
    {
        var node = outcome.Describe(template);
        return outcome.Value is { } result ? Describe(result, node, write) : node;
    }

    public static TrajectoryNode Describe(ToolResult result, TrajectoryNode node) => Describe(result, node, value => TrajectoryJson.ToElement(value));

    private static TrajectoryNode Describe(ToolResult result, TrajectoryNode node, Func<object, JsonElement> write) => node with
    {
        Result = result.ForRecord(write),
        Error = result.IsError ? new("ToolError", result.Text) : null,
    };
}
