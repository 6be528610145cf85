using Microsoft.Agents.AI;

namespace AgentTeams.AgentFramework;

/// <summary>Recording of Agent Framework's agents.</summary>
public static class RecordedAgents
{
    /// <summary>
    /// The same agent, recorded: every model call and tool call of every run becomes a node of the recorder's trajectory, with the agent's
    /// name as its role. Build workflows from recorded agents. An agent that is recorded already changes its recorder;
    /// where a middleware lies between, the outermost recording counts.
    /// </summary>
    /// <param name="agent">
    /// Any agent with a name. A <c>ChatClientAgent</c> is recorded turn by turn, with tokens, where its client was made with
    /// <see cref="AgentChatClients.AsAgentClient"/>; any other agent from the messages that it hears and says.
    /// </param>
    /// <param name="recorder">The recorder of this run.</param>
    /// <exception cref="AgentTeamsException">The agent has no name, which would make its role a random id.</exception>
    /// <example>
    /// <code>
    /// var recorder = new AgentRecorder("plan-code", new SeedKey(1, Task: question));
    /// var workflow = AgentWorkflowBuilder.BuildSequential(planner.Recorded(recorder), coder.Recorded(recorder));
    /// var trajectory = await recorder.RecordAsync(workflow, question);
    /// </code>
    /// </example>
    public static AIAgent Recorded(this AIAgent agent, AgentRecorder recorder)
    {
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentNullException.ThrowIfNull(recorder);
        var inner = agent is RecordedAgent recorded ? recorded.Inner : agent;
        if (string.IsNullOrWhiteSpace(inner.Name)) throw new AgentTeamsException($"The agent '{inner.Id}' has no name. Give it one, which becomes its role's.");
        return new RecordedAgent(inner, recorder);
    }
}
