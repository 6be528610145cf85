using Microsoft.SemanticKernel;

namespace AgentTeams.SemanticKernel;

/// <summary>Ends the tool-call loop of an agent that goes on asking for tools beyond its role's limit.</summary>
internal sealed class ToolRoundFilter(Role role) : IAutoFunctionInvocationFilter
{
    public Task OnAutoFunctionInvocationAsync(AutoFunctionInvocationContext context, Func<AutoFunctionInvocationContext, Task> next)
    {
        if (context.RequestSequenceIndex < role.Options.MaxToolRounds) return next(context);

        // Semantic Kernel tells the model of a filter's exception and goes on; only this ends its loop.
        context.Terminate = true;
        context.Result = new FunctionResult(context.Function, $"Error: the limit of {role.Options.MaxToolRounds} rounds of tool calls (MaxToolRounds) of the role '{role.Name}' is reached.");
        return Task.CompletedTask;
    }
}
