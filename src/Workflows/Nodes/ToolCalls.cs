using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>Calls tools and describes the calls for the trajectory.</summary>
internal static class ToolCalls
{
    public static async Task<ToolResult> InvokeAsync(AIFunction tool, IDictionary<string, object?> arguments, CancellationToken cancellationToken) =>
        ToolResult.From(await tool.InvokeAsync(new AIFunctionArguments(arguments), cancellationToken).ConfigureAwait(false));

    public static TrajectoryNode Describe(CallOutcome<ToolResult> outcome, TrajectoryNode template)
    {
        var node = outcome.Describe(template);
        return outcome.Value is { } result ? Describe(result, node) : node;
    }

    public static TrajectoryNode Describe(ToolResult result, TrajectoryNode node) => node with
    {
        Result = result.Json ?? TrajectoryJson.ToElement(result.Text),
        Error = result.IsError ? new("ToolError", result.Text) : null,
    };
}
