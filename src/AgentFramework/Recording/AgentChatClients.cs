using System.Runtime.CompilerServices;
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
        return new AgentClient(new RecordingChatClient(client)) { FunctionInvoker = InvokeAsync };
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
            invocation.EndTool(node with { Duration = invocation.TimeProvider.GetElapsedTime(began) }, context.CallContent.CallId, context.FunctionCallIndex);
        }
    }

    // An agent that a tool asks, and that nobody wrapped, is not the agent whose tool it is.
    private sealed class AgentClient(IChatClient client) : FunctionInvokingChatClient(client)
    {
        private static bool IsForeign => ModelCallScope.Current is AgentInvocation && AgentInvocation.Here is null;

        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            if (IsForeign) ModelCallScope.Leave();
            return await base.GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        }

        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var isForeign = IsForeign;
            await using var updates = base.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (true)
            {
                // What flows with execution does not outlast a yield.
                if (isForeign) ModelCallScope.Leave();
                if (!await updates.MoveNextAsync().ConfigureAwait(false)) yield break;
                yield return updates.Current;
            }
        }
    }
}
