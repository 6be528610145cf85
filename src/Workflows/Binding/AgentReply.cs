namespace AgentTeams.Workflows;

/// <summary>What a workflow says when it takes part in a conversation as an agent.</summary>
/// <param name="Text">The text.</param>
/// <param name="HandoffTo">Inside a handoff orchestration, the agent that takes over; null to keep the task.</param>
public sealed record AgentReply(string Text, string? HandoffTo = null)
{
    /// <summary>A reply that hands nothing over.</summary>
    public static implicit operator AgentReply(string text) => new(text);

    /// <summary>The text.</summary>
    public override string ToString() => Text;
}
