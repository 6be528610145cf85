namespace AgentTeams.Workflows;

/// <summary>Something that happened in a run.</summary>
public abstract record WorkflowEvent
{
    private protected WorkflowEvent() { }

    /// <summary>The node's name, with '#' and the visit from the second visit on; empty where the event is about the run.</summary>
    public string NodeId { get; init; } = "";

    /// <summary>The run's round, as <see cref="TrajectoryNode.Turn"/>.</summary>
    public int Turn { get; init; }

    /// <summary>As <see cref="TrajectoryNode.Step"/>; at the end of a run, one more than its greatest step.</summary>
    public int Step { get; init; }

    /// <summary>Where the visit stands in its run, by which records of what ran side by side are put in order; empty where the event is about the run.</summary>
    public VisitPath Path { get; init; }

    /// <summary>Whether the run was resumed after this and tells it from its journal: nothing was done again.</summary>
    public bool IsReplayed { get; init; }
}

/// <summary>A run began.</summary>
/// <param name="Workflow">The workflow's name.</param>
/// <param name="Seed">The run's key.</param>
public sealed record WorkflowStarted(string Workflow, SeedKey Seed) : WorkflowEvent
{
    /// <summary>What middleware noted of the run as it began, which <see cref="Trajectory.Properties"/> holds.</summary>
    public System.Collections.Immutable.ImmutableSortedDictionary<string, string> Notes { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>A node began.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Visit">How often the node was visited before.</param>
public sealed record NodeStarted(string Name, int Visit) : WorkflowEvent;

/// <summary>
/// A role goes on with a reply; only with <see cref="WorkflowRunOptions.StreamReplies"/>. After a <see cref="NodeRetrying"/> the reply begins anew.
/// </summary>
/// <param name="Role">The role's name.</param>
/// <param name="Update">What it adds, as the client streamed it.</param>
public sealed record ReplyDelta(string Role, Microsoft.Extensions.AI.ChatResponseUpdate Update) : WorkflowEvent;

/// <summary>A model call, a tool call or a function ended, well or not.</summary>
/// <param name="Node">The call, ready for a trajectory.</param>
public sealed record CallRecorded(TrajectoryNode Node) : WorkflowEvent;

/// <summary>A call is tried again, or an invalid answer is asked for again.</summary>
/// <param name="Error">Why.</param>
/// <param name="Retry">How many failures of this visit there were; 1 for the first.</param>
public sealed record NodeRetrying(NodeError Error, int Retry) : WorkflowEvent;

/// <summary>A node's update became the run's state.</summary>
/// <param name="Branch">The branch taken after it, or null if there was no choice.</param>
public sealed record NodeCompleted(string? Branch) : WorkflowEvent
{
    /// <summary>Of a parallel node, the numbers of the branches that began and that its join went on without.</summary>
    public System.Collections.Immutable.ImmutableArray<int> LostBranches { get; init; } = [];
}

/// <summary>A node failed for good.</summary>
/// <param name="Error">Why.</param>
/// <param name="Handled">Whether the run goes on along the node's error route.</param>
public sealed record NodeFailed(NodeError Error, bool Handled) : WorkflowEvent;

/// <summary>A node waits for an answer from outside.</summary>
/// <param name="Request">What is asked.</param>
public sealed record HumanAsked(HumanRequest Request) : WorkflowEvent;

/// <summary>A branch of a parallel node is not taken, as its condition does not hold.</summary>
/// <param name="Label">The branch.</param>
public sealed record BranchSkipped(string Label) : WorkflowEvent;

/// <summary>The run can go on only when requests are answered; the last event.</summary>
public sealed record WorkflowWaiting : WorkflowEvent
{
    private readonly object _run;

    internal WorkflowWaiting(IReadOnlyList<HumanRequest> requests, object run) => (Requests, _run) = (requests, run);

    /// <summary>What it waits for.</summary>
    public IReadOnlyList<HumanRequest> Requests { get; }

    /// <summary>What the run did so far, from which it goes on.</summary>
    /// <typeparam name="TState">The state of the workflow that waits.</typeparam>
    /// <exception cref="AgentTeamsException">The workflow has another state.</exception>
    public RunState<TState> GetRun<TState>()
        where TState : notnull => _run as RunState<TState> ?? throw new AgentTeamsException($"The workflow that waits has another state than {typeof(TState).Name}. Name its own.");
}

/// <summary>The run reached its end; the last event.</summary>
/// <typeparam name="TState">The workflow's state.</typeparam>
/// <param name="State">The final state.</param>
public sealed record WorkflowCompleted<TState>(TState State) : WorkflowEvent;

/// <summary>The run failed; the last event.</summary>
/// <param name="Exception">
/// A <see cref="WorkflowNodeException"/>, a <see cref="WorkflowStepLimitException"/>, a <see cref="WorkflowBudgetException"/> or a
/// <see cref="WorkflowReplayException"/>, or what a store said that could not keep the run's journal.
/// </param>
public sealed record WorkflowFailed(Exception Exception) : WorkflowEvent;

/// <summary>The run was cancelled by its caller; the last event.</summary>
public sealed record WorkflowCancelled : WorkflowEvent;
