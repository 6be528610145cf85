using System.ComponentModel;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using System.Text.Json;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.SemanticKernel;

/// <summary>From AgentTeams into Semantic Kernel and Agent Framework: a team's workflow as an agent and as a function.</summary>
public static class WorkflowAgents
{
    /// <summary>
    /// A workflow as a Semantic Kernel agent. The conversation is kept in a <see cref="ChatHistoryAgentThread"/>; each role's reply
    /// is an intermediate message and the workflow's output the answer, which is also what streams. Recorded, its nodes become
    /// nodes of the trajectory and its runs take the recorder's key.
    /// </summary>
    public static ChatHistoryAgent AsAgent<TState>(this Workflow<TState> workflow, WorkflowAgentOptions<TState> options)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(options);
        return new WorkflowAgent<TState>(workflow, options);
    }

    /// <summary>A workflow as a kernel function of one text, so that an agent can ask a whole team.</summary>
    public static KernelFunction AsKernelFunction<TState>(this Workflow<TState> workflow, WorkflowAgentOptions<TState> options)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(options);
        var name = options.Name ?? workflow.Name;
        return KernelFunctionFactory.CreateFromMethod(
            async ([Description("The task, as text.")] string task, CancellationToken cancellationToken) =>
            {
                var result = await workflow.RunAsync(options.Input([new(ChatRole.User, task)]), options.Run, cancellationToken).ConfigureAwait(false);
                return options.Output(result.State);
            },
            PluginTool.PluginName(name),
            options.Description ?? name);
    }

    /// <summary>Any agent that keeps its conversation in a chat history, a role or a workflow among them, for Microsoft Agent Framework.</summary>
    public static AIAgent AsAIAgent(this ChatHistoryAgent agent)
    {
        ArgumentNullException.ThrowIfNull(agent);
        return agent.AsAIAgent(
            () => new ChatHistoryAgentThread(),
            (json, options) => new ChatHistoryAgentThread(json.Deserialize<ChatHistory>(options) ?? []),
            (thread, options) => JsonSerializer.SerializeToElement((thread as ChatHistoryAgentThread)?.ChatHistory, options));
    }
}
