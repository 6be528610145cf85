using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel.Agents;
using System.Text.Json;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.SemanticKernel;

/// <summary>From AgentTeams into Semantic Kernel: a team's workflow as an agent.</summary>
public static class WorkflowAgents
{
    /// <summary>
    /// A workflow as a Semantic Kernel agent. The conversation is kept in a <see cref="ChatHistoryAgentThread"/>; each role's reply
    /// is an intermediate message and the workflow's output the answer, which is also what streams. Recorded, its nodes become
    /// nodes of the trajectory and its runs take the recorder's key.
    /// </summary>
    /// <param name="workflow">The workflow, bound with <see cref="WorkflowBinding.BindChat"/>.</param>
    /// <param name="runtime">The models behind its roles.</param>
    /// <param name="options">The key, limits and clock of each run.</param>
    public static ChatHistoryAgent AsAgent(this BoundWorkflow<IReadOnlyList<ChatMessage>, AgentReply> workflow, TeamRuntime runtime, WorkflowRunOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(runtime);
        return new WorkflowAgent(workflow, runtime, options ?? new());
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
