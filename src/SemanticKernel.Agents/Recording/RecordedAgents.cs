using Microsoft.SemanticKernel.Agents;

namespace AgentTeams.SemanticKernel;

/// <summary>Recording of Semantic Kernel agents.</summary>
public static class RecordedAgents
{
    /// <summary>
    /// The same agent, recorded: every model call and tool call of every time it is invoked becomes a node of the recorder's trajectory,
    /// with the agent's name as its role. Build agent groups and orchestrations from recorded agents. An agent that is recorded
    /// already changes its recorder.
    /// </summary>
    /// <param name="agent">Any agent; a <see cref="ChatCompletionAgent"/> is recorded turn by turn.</param>
    /// <param name="recorder">The recorder of this run.</param>
    public static ChatHistoryAgent Recorded(this Agent agent, AgentRecorder recorder)
    {
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentNullException.ThrowIfNull(recorder);
        return new RecordedAgent((agent as RecordedAgent)?.Inner ?? agent, recorder);
    }
}
