using Microsoft.SemanticKernel;

namespace AgentTeams.SemanticKernel;

/// <summary>Records the tool calls of the invocation that they belong to; outermost, so that it sees what the model is told.</summary>
internal sealed class TrajectoryFilter : IAutoFunctionInvocationFilter
{
    private static readonly TrajectoryFilter Instance = new();

    public static void Ensure(Kernel kernel)
    {
        // One kernel serves many runs at once.
        lock (Instance)
        {
            if (!kernel.AutoFunctionInvocationFilters.Contains(Instance)) kernel.AutoFunctionInvocationFilters.Insert(0, Instance);
        }
    }

    public async Task OnAutoFunctionInvocationAsync(AutoFunctionInvocationContext context, Func<AutoFunctionInvocationContext, Task> next)
    {
        if (ModelCallScope.Current is not AgentInvocation invocation)
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        var function = context.Function;
        var node = invocation.BeginTool(PluginTool.QualifiedName(function.PluginName, function.Name), context.Arguments);
        var began = invocation.TimeProvider.GetTimestamp();
        try
        {
            // What the function asks of models is not this role's.
            ModelCallScope.Leave();
            await next(context).ConfigureAwait(false);
            var result = ToolResult.From(context.Result.GetValue<object>());
            node = ToolCalls.Describe(result, node);
            if (Handoff.TargetOf(function.PluginName, function.Name) is { } target) invocation.TransferredTo = target;
        }
        catch (Exception e)
        {
            node = node with { Error = NodeError.Of(e) };
            throw;
        }
        finally
        {
            invocation.EndTool(node with { Duration = invocation.TimeProvider.GetElapsedTime(began) }, context.ToolCallId, context.FunctionSequenceIndex);
        }
    }
}
