using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>Recording of tools that a program calls itself, between two agents.</summary>
public static class RecordedTools
{
    /// <summary>Calls a tool and records it as a tool call between two agents.</summary>
    /// <param name="recorder">The recorder of this run.</param>
    /// <param name="tool">The tool.</param>
    /// <param name="arguments">What it is given.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public static Task<object?> InvokeAsync(this AgentRecorder recorder, AIFunction tool, AIFunctionArguments? arguments = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recorder);
        ArgumentNullException.ThrowIfNull(tool);
        return recorder.RecordToolAsync(tool.Name, tool, arguments ?? [], token => tool.InvokeAsync(arguments, token).AsTask(), result => result, cancellationToken);
    }

    internal static Task<T> RecordToolAsync<T>(
        this AgentRecorder recorder, string name, object tool, IEnumerable<KeyValuePair<string, object?>> arguments, Func<CancellationToken, Task<T>> call, Func<T, object?> resultOf,
        CancellationToken cancellationToken) => recorder.RecordOneAsync(
            () => recorder.Begin(recorder.SeatOf(name, tool, isWrapped: false), [], isTool: true, string.Join('\n', arguments.Select(a => $"{a.Key}={a.Value}"))),
            async (invocation, token) =>
            {
                var node = invocation.BeginTool(name, arguments) with { Server = (tool as AITool)?.GetService<IServedTool>()?.Server };
                var began = recorder.TimeProvider.GetTimestamp();
                try
                {
                    // What the tool asks of models is no agent's.
                    ModelCallScope.Leave();
                    var result = await call(token).ConfigureAwait(false);
                    var said = ToolResult.From(resultOf(result));
                    node = ToolCalls.Describe(said, node);
                    invocation.LastText = said.Text.Length > 0 ? said.Text : null;
                    return result;
                }
                finally
                {
                    invocation.EndTool(node with { Duration = recorder.TimeProvider.GetElapsedTime(began) });
                }
            },
            (_, _) => { }, cancellationToken);
}
