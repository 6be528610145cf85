using Microsoft.Extensions.AI;

namespace AgentTeams.SemanticKernel;

/// <summary>How a workflow takes part in a conversation.</summary>
/// <typeparam name="TState">The workflow's state.</typeparam>
public sealed record WorkflowAgentOptions<TState>
    where TState : notnull
{
    /// <summary>The agent's name; the workflow's unless set.</summary>
    public string? Name { get; init; }

    /// <summary>What the agent does, for other agents; its name unless set.</summary>
    public string? Description { get; init; }

    /// <summary>The state a run starts with, from the conversation so far; the last message is the newest.</summary>
    public required Func<IReadOnlyList<ChatMessage>, TState> Input { get; init; }

    /// <summary>What the agent says, from the state a run ended with.</summary>
    public required Func<TState, string> Output { get; init; }

    /// <summary>Inside a handoff orchestration, the agent to hand over to after a run, or null to keep the task; never unless set.</summary>
    public Func<TState, string?>? HandoffTo { get; init; }

    /// <summary>The models behind the roles, limits and the key of each run.</summary>
    public required WorkflowRunOptions Run { get; init; }
}
