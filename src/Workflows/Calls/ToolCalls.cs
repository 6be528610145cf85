using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>Calls tools and describes the calls for the trajectory.</summary>
internal static class ToolCalls
{
    public static async Task<ToolResult> InvokeAsync(AIFunction tool, IDictionary<string, object?> arguments, RunContext run, ToolCallContext call, CancellationToken cancellationToken)
    {
        run.Budget.BeginToolCall();
        if (run.Middleware.IsEmpty) return await CallAsync(tool, arguments, run, call, cancellationToken).ConfigureAwait(false);
        var asked = new ToolRequest(call, tool, new Dictionary<string, object?>(arguments, StringComparer.Ordinal));
        return await run.Middleware.CallAsync(asked, (sent, token) =>
        {
            if (!ReferenceEquals(sent.Arguments, asked.Arguments)) call.Sent = sent.Arguments;
            return CallAsync(sent.Tool, new Dictionary<string, object?>(sent.Arguments, StringComparer.Ordinal), run, call, token);
        }, cancellationToken).ConfigureAwait(false);
    }

    private static Task<ToolResult> CallAsync(AIFunction tool, IDictionary<string, object?> arguments, RunContext run, ToolCallContext call, CancellationToken cancellationToken) =>
        run.IsObserved ? ObserveAsync(tool, arguments, run, call, cancellationToken) : MakeAsync(tool, arguments, run, call, cancellationToken);

    // On its own, as a lambda's captured variables are allocated even where it is not made.
    private static Task<ToolResult> ObserveAsync(AIFunction tool, IDictionary<string, object?> arguments, RunContext run, ToolCallContext call, CancellationToken cancellationToken) =>
        ToolObservation.CallAsync(tool, arguments, call, () => MakeAsync(tool, arguments, run, call, cancellationToken));

    private static async Task<ToolResult> MakeAsync(AIFunction tool, IDictionary<string, object?> arguments, RunContext run, ToolCallContext call, CancellationToken cancellationToken)
    {
        var given = new AIFunctionArguments(arguments) { Services = run.Services, Context = new Dictionary<object, object?> { [typeof(ToolCallContext)] = call } };
        return ToolResult.From(await tool.InvokeAsync(given, cancellationToken).ConfigureAwait(false));
    }

    public static ToolResult Failure(string message) => new() { Text = message, IsError = true };

    /// <summary>The result that a record describes.</summary>
    public static ToolResult ResultOf(TrajectoryNode record) =>
        record.Result is not { } result ? Failure(record.Error?.Message ?? "")
        : record.Error is null ? ToolResult.From(result)
        : ToolResult.From(result) with { IsError = true };

    /// <summary>What a model is told of a call.</summary>
    public static object ForModel(TrajectoryNode record) => record.Result is null && record.Error is { } error ? $"Error: {error.Message}" : ResultOf(record).ForModel();

    /// <summary>The record of a call with the arguments that middleware sent on, as what it hides must not stand there.</summary>
    public static TrajectoryNode Describe(CallOutcome<ToolResult> outcome, TrajectoryNode template, ToolCallContext call, Func<object, JsonElement> write) =>
        Describe(outcome, call.Sent is { } sent ? template with { Arguments = write(sent) } : template, write);

    private static TrajectoryNode Describe(CallOutcome<ToolResult> outcome, TrajectoryNode template, Func<object, JsonElement> write)
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
