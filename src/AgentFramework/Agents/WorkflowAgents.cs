using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace AgentTeams.AgentFramework;

/// <summary>From AgentTeams into Agent Framework: workflows and roles as agents.</summary>
public static class WorkflowAgents
{
    /// <summary>
    /// A workflow as an agent: each run of the agent is a run of the workflow over the conversation of its session, which is serialised as its messages.
    /// What streams is the workflow's answer. Inside a recorded agent, the workflow's nodes become nodes
    /// of the trajectory.
    /// </summary>
    /// <param name="workflow">The workflow, bound with <see cref="WorkflowBinding.BindChat"/>.</param>
    /// <param name="runtime">The models behind its roles.</param>
    /// <param name="options">The key, limits and clock of each run.</param>
    public static AIAgent AsAIAgent(this BoundWorkflow<IReadOnlyList<ChatMessage>, AgentReply> workflow, TeamRuntime runtime, WorkflowRunOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(runtime);
        return new WorkflowAgent(workflow, runtime, options ?? new());
    }

    /// <summary>
    /// A role as an agent, with its instructions, options and tools, which the library's own tool-call loop calls. Its reply streams as it is written;
    /// what it says beside a tool call is a message of its own before the answer, and only the answer stays in the session.
    /// </summary>
    /// <param name="role">The role.</param>
    /// <param name="client">The model that answers for it.</param>
    /// <param name="options">The key, limits and clock of each run.</param>
    public static AIAgent AsAIAgent(this Role role, IChatClient client, WorkflowRunOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(client);
        var wf = Workflow.CreateBuilder<Conversation>(role.Name);
        wf.Start(wf.AddRole(role, s => s.Messages.ToArray(), (s, reply) => s with { Reply = reply.Text }));
        var bound = wf.Build().BindChat(messages => new Conversation { Messages = [.. messages] }, s => s.Reply, new() { Description = role.Description.Length > 0 ? role.Description : role.Name });
        return new WorkflowAgent(bound, TeamRuntime.ForAll(client), options ?? new()) { SaysReplies = true };
    }
}
