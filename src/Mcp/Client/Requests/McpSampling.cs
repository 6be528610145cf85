namespace AgentTeams.Mcp;

/// <summary>
/// Lets a server ask a role's model during a call that a workflow made. The run's client for the role answers, and the answer is recorded behind the call as that role's.
/// A server sees what the model answers, and its texts reach the model: give it a role of its own, without tools or secrets. The protocol has deprecated it; servers that need it are older ones.
/// </summary>
/// <param name="Role">Who answers. Its instructions come before those of the server; its tools are not offered.</param>
public sealed record McpSampling(Role Role) : IChecked
{
    /// <summary>How often one call's server may ask.</summary>
    /// <value>At least 1; 4 by default.</value>
    public int MaxRequests { get; init; } = 4;

    /// <summary>The most tokens of one answer, whatever the server or the role asks for.</summary>
    /// <value>At least 1; 1,024 by default.</value>
    public int MaxTokens { get; init; } = 1024;

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(1, MaxRequests).AtLeast(1, MaxTokens).Part(Role);
}
