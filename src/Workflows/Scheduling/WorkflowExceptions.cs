namespace AgentTeams.Workflows;

/// <summary>A node failed and nothing handled it; <see cref="Exception.InnerException"/> is the cause.</summary>
public sealed class WorkflowNodeException : AgentTeamsException
{
    internal WorkflowNodeException(string workflow, string nodeId, Exception cause)
        : base($"The node '{nodeId}' of the workflow '{workflow}' failed: {cause.Message} Retry it or route the error with NodeOptions.", cause) => NodeId = nodeId;

    /// <summary>That of the inner exception.</summary>
    public override FailureCause Cause => (InnerException as AgentTeamsException)?.Cause ?? FailureCause.Infrastructure;

    /// <summary>The node's name, with '#' and the visit from the second visit on.</summary>
    public string NodeId { get; }
}

/// <summary>A run made as many commits as it may.</summary>
public sealed class WorkflowStepLimitException : AgentTeamsException
{
    internal WorkflowStepLimitException(string workflow, int limit, IReadOnlyList<string> cycle)
        : base($"The workflow '{workflow}' was stopped after {limit} steps, while going round {string.Join(" -> ", cycle.Append(cycle[0]))}. "
            + "Let a branch leave the cycle sooner, or raise WorkflowRunOptions.MaxSteps.") => Cycle = cycle;

    /// <inheritdoc/>
    public override FailureCause Cause => FailureCause.Policy;

    /// <summary>The nodes the run was going round, in order; all visited nodes where none repeated.</summary>
    public IReadOnlyList<string> Cycle { get; }
}

/// <summary>An answer of a role failed the node's validation.</summary>
public sealed class InvalidAnswerException : AgentTeamsException
{
    internal InvalidAnswerException(string role, string problem, int attempt, int attempts)
        : base($"The answer of the role '{role}' is not valid: {problem} (attempt {attempt} of {attempts}; NodeOptions.MaxAnswers sets their number).") => Role = role;

    /// <inheritdoc/>
    public override FailureCause Cause => FailureCause.Policy;

    /// <summary>The role's name.</summary>
    public string Role { get; }
}

/// <summary>A model kept asking for tools beyond <see cref="RoleOptions.MaxToolRounds"/>.</summary>
public sealed class ToolRoundLimitException : AgentTeamsException
{
    internal ToolRoundLimitException(string role, int limit)
        : base($"The role '{role}' asked for tools again after {limit} round(s). Raise RoleOptions.MaxToolRounds, set OnToolRoundLimit, or tell the role to answer.") => Role = role;

    /// <inheritdoc/>
    public override FailureCause Cause => FailureCause.Policy;

    /// <summary>The role's name.</summary>
    public string Role { get; }
}
