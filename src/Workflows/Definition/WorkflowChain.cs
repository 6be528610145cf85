namespace AgentTeams.Workflows;

/// <summary>
/// Nodes that follow one another. The last node of a chain ends the run, unless a branch or another chain goes on from it.
/// </summary>
/// <typeparam name="TState">The workflow's state.</typeparam>
public sealed class WorkflowChain<TState>
    where TState : notnull
{
    private readonly WorkflowBuilder<TState> _builder;
    private NodeHandle _last;

    internal WorkflowChain(WorkflowBuilder<TState> builder, NodeHandle first)
    {
        _builder = builder;
        _last = first;
        builder.AddTail(this);
    }

    internal NodeHandle Last => _last;

    /// <summary>Goes on to a node, or to <see cref="Workflow.End"/>.</summary>
    public WorkflowChain<TState> Then(NodeHandle node)
    {
        ArgumentNullException.ThrowIfNull(node);
        _builder.AddEdge(_last, node);
        _last = node;
        return this;
    }
}
