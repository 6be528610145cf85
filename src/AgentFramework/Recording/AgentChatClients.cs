using Microsoft.Extensions.AI;

namespace AgentTeams.AgentFramework;

/// <summary>Chat clients as Agent Framework's agents use them.</summary>
public static class AgentChatClients
{
    /// <summary>
    /// A client for a <c>ChatClientAgent</c>: it calls the agent's tools, and where the agent is recorded, each model call, with its tokens where
    /// the model is local, and each tool call is a node.
    /// </summary>
    /// <param name="client">The model's client; without a tool-call loop of its own.</param>
    /// <example>
    /// <code>
    /// var planner = new ChatClientAgent(model.GetChatClient(model.Base).AsAgentClient(), "Name the operation.", "planner");
    /// </code>
    /// </example>
    public static IChatClient AsAgentClient(this IChatClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new FunctionInvokingChatClient(new RecordingChatClient(client)) { FunctionInvoker = InvokeAsync };
    }

    private static async ValueTask<object?> InvokeAsync(FunctionInvocationContext context, CancellationToken cancellationToken)
    {
        if (ModelCallScope.Current is not AgentInvocation invocation) return await context.Function.InvokeAsync(context.Arguments, cancellationToken).ConfigureAwait(false);
        var node = invocation.BeginTool(context.Function.Name, context.Arguments);
        var began = invocation.TimeProvider.GetTimestamp();
        try
        {
            // What the function asks of models is not this role's.
            ModelCallScope.Leave();
            var result = ToolResult.From(await context.Function.InvokeAsync(context.Arguments, cancellationToken).ConfigureAwait(false));
            node = ToolCalls.Describe(result, node);
            return result.ForModel();
        }
        catch (Exception e)
        {
            node = node with { Error = NodeError.Of(e) };
            throw;
        }
        finally
        {
            invocation.EndTool(node with { Duration = invocation.TimeProvider.GetElapsedTime(began) }, context.CallContent.CallId);
        }
    }
}
