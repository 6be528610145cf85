using System.Text.Json;

namespace AgentTeams.Workflows;

/// <summary>
/// One node of a definition: immutable, executed by any number of runs at once. What it does gives a result, which is data, and how the result
/// changes a state is a function of both: so results fold into other states at a join and stand for the work when a run is replayed.
/// </summary>
internal abstract class WorkflowNode<TState>(string name, NodeOptions<TState> options) : IWorkflowNode, IStateUpdate<TState>
    where TState : notnull
{
    public string Name { get; } = options.Name ?? name;

    public NodeOptions<TState> Options { get; } = options;

    public abstract NodeShape Shape { get; }

    /// <summary>What the node is given, where a definition does not fix it; null where it does.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The nodes at which what is inside of this node begins: other nodes of the same workflow.</summary>
    public virtual IReadOnlyList<NodeHandle> Inside => [];

    /// <summary>The members of the state that its update writes, where that can be seen.</summary>
    public virtual IReadOnlyList<StateWrites> Writes => [];

    /// <summary>The roles that it asks, those of workflows inside included.</summary>
    public virtual IEnumerable<Role> Roles => [];

    /// <summary>Whether the run may wait here for an answer from outside.</summary>
    public virtual bool MayAsk => false;

    /// <summary>Whether the node does nothing outside of the run by itself: it runs what is inside of it, or waits.</summary>
    public virtual bool IsPassive => false;

    protected CallPipeline Calls { get; } = new(options.Name ?? name, options.Timeout, options.MaxCallRetries ?? 0, options.RetryDelay ?? TimeSpan.Zero, options.Pipeline);

    /// <summary>Problems that concern this node alone.</summary>
    public IEnumerable<WorkflowProblem> Check(string path) =>
        CheckOwn(path).Concat(OptionChecks.ProblemsOf(Options).Select(p => new WorkflowProblem(path, $"Its NodeOptions are not valid: {p}", "Mend the options.")));

    /// <summary>Problems of this kind of node.</summary>
    protected virtual IEnumerable<WorkflowProblem> CheckOwn(string path) => [];

    /// <summary>Does the node's work. The last record is held in the visit until its branch is known.</summary>
    public abstract ValueTask<NodeOutcome<TState>> ExecuteAsync(NodeVisit visit, TState state, CancellationToken cancellationToken);

    /// <summary>The outcome of a visit that the journal holds, without doing its work again.</summary>
    public virtual ValueTask<NodeOutcome<TState>> ReplayAsync(NodeVisit visit, VisitCommit recorded, TState state, CancellationToken cancellationToken)
    {
        var result = recorded.Node is null ? Read(recorded) : recorded.Result;
        visit.Restore(recorded);
        return new(new NodeOutcome<TState>(Apply(state, result), result));
    }

    /// <summary>Tells again of a visit that failed or was cancelled, and that the run went on without.</summary>
    /// <returns>The failure of what is inside, or null where the journal alone tells why.</returns>
    public virtual ValueTask<Exception?> ReplayFailureAsync(NodeVisit visit, VisitCommit? recorded, TState state, CancellationToken cancellationToken)
    {
        if (recorded is not null) visit.Restore(recorded);
        return default;
    }

    /// <inheritdoc/>
    public abstract TState Apply(TState state, object? result);

    /// <inheritdoc/>
    public virtual JsonElement? Write(object? result, IReadOnlyList<TrajectoryNode> records) => null;

    /// <summary>Reads what <see cref="Write"/> wrote; the records of the visit hold the rest.</summary>
    public virtual object? Read(VisitCommit recorded) => null;
}

/// <summary>A node whatever the state of its workflow.</summary>
internal interface IWorkflowNode
{
    string Name { get; }

    string? Fingerprint { get; }

    /// <summary>The part of a result that the visit's records do not hold, as data.</summary>
    JsonElement? Write(object? result, IReadOnlyList<TrajectoryNode> records);
}

/// <summary>What a node is, for drawings and descriptions.</summary>
internal enum NodeShape
{
    Role,
    Tool,
    Function,
    Human,
    Workflow,
    Parallel,
    Map,
    Loop,
}

/// <summary>What a visit came to.</summary>
/// <param name="State">The state after it.</param>
/// <param name="Result">The node's result.</param>
/// <param name="Kind">Whether there is a result, or why not; a failure is thrown.</param>
internal readonly record struct NodeOutcome<TState>(TState State, object? Result, EndKind Kind = EndKind.Completed);

/// <summary>Changes a state by a result.</summary>
internal interface IStateUpdate<TState>
{
    /// <summary>What the result makes of a state.</summary>
    TState Apply(TState state, object? result);
}

/// <summary>A result that changed the state of one branch and will change that of the join.</summary>
internal readonly record struct StateUpdate<TState>(IStateUpdate<TState> Source, object? Result)
{
    public TState Apply(TState state) => Source.Apply(state, Result);
}

/// <summary>An edit of whoever forked the run.</summary>
internal sealed class EditUpdate<TState> : IStateUpdate<TState>
{
    public static EditUpdate<TState> Instance { get; } = new();

    public TState Apply(TState state, object? result) => ((StatePatch)result!).Apply(state, typeof(TState).Name);
}
