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

/// <summary>A run made as many visits one after another as it may.</summary>
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

/// <summary>A loop used up its rounds, and <see cref="LoopOptions.OnLimit"/> says that this is a failure.</summary>
public sealed class LoopLimitException : AgentTeamsException
{
    internal LoopLimitException(string node, int limit)
        : base($"The loop '{node}' went round {limit} time(s) and its condition does not hold. Raise LoopOptions.MaxRounds, or let OnLimit go on.") { }

    /// <inheritdoc/>
    public override FailureCause Cause => FailureCause.Policy;
}

/// <summary>A run used up what its <see cref="RunBudget"/> allows. It can be resumed with a greater one.</summary>
public sealed class WorkflowBudgetException : AgentTeamsException
{
    internal WorkflowBudgetException(string limit, string allowed, string used)
        : base($"The run was stopped: {limit} allows {allowed}, and {used} were used. Raise it and resume the run, or let the workflow do with less.") => Limit = limit;

    /// <summary>The member of <see cref="RunBudget"/> that ran out.</summary>
    public string Limit { get; }
}

/// <summary>A run that is resumed or replayed does not go the way that its journal tells.</summary>
public sealed class WorkflowReplayException : AgentTeamsException
{
    internal WorkflowReplayException(string node, VisitPath path, string difference)
        : base($"The run cannot go on from its journal: at '{node}' ({path}) {difference}. Resume it with the workflow that wrote the journal, make what decides its way depend on the state alone, or fork it before that node.") => Path = path;

    /// <summary>The visit at which they differ.</summary>
    public VisitPath Path { get; }
}

/// <summary>A run ended because it waits for answers, where its caller expected a result.</summary>
public sealed class WorkflowWaitingException : AgentTeamsException
{
    internal WorkflowWaitingException(string workflow, IReadOnlyList<HumanRequest> requests)
        : base($"The workflow '{workflow}' waits for an answer to {string.Join(" and ", requests.Select(r => $"'{r.Id}'"))}. Give WorkflowRunOptions.Responder; "
            + "or run the workflow itself (DelegateWorkflow.Definition for one of code), whose result tells what it waits for, and answer with AnswerAsync.") => Requests = requests;

    /// <summary>What it waits for.</summary>
    public IReadOnlyList<HumanRequest> Requests { get; }
}

/// <summary>The store could not keep a commit of the run, so the run was stopped: what it did since the last one is done again when it is resumed.</summary>
public sealed class WorkflowStoreException : AgentTeamsException
{
    internal WorkflowStoreException(Exception cause)
        : base($"The run was stopped, as its journal cannot be kept: {cause.Message} Mend the store and resume the run.", cause) { }
}

/// <summary>Stands in a replay for why a node failed when it was run.</summary>
internal sealed class RecordedFailureException(NodeError error) : AgentTeamsException(error.Message)
{
    public static bool IsIn(Exception? error) => error is WorkflowNodeException { InnerException: RecordedFailureException };
}

/// <summary>What stops a whole run: no error route, join or code handles it.</summary>
internal static class RunStops
{
    public static bool Is(Exception? error) => error is WorkflowBudgetException or WorkflowReplayException or WorkflowStoreException;
}
