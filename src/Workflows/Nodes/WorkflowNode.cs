namespace AgentTeams.Workflows;

/// <summary>One node of a definition: immutable, executed by any number of runs at once.</summary>
internal abstract class WorkflowNode<TState>(string name, NodeOptions<TState> options)
    where TState : notnull
{
    public string Name { get; } = options.Name ?? name;

    public NodeOptions<TState> Options { get; } = options;

    public abstract NodeKind Kind { get; }

    protected CallPipeline Calls { get; } = new(options.Name ?? name, options.Timeout, options.MaxCallRetries, options.RetryDelay, options.Pipeline);

    /// <summary>Problems that concern this node alone.</summary>
    public IEnumerable<WorkflowProblem> Check(string path) =>
        CheckOwn(path).Concat(OptionChecks.ProblemsOf(Options).Select(p => new WorkflowProblem(path, $"Its NodeOptions are not valid: {p}", "Mend the options.")));

    /// <summary>Problems of this kind of node.</summary>
    protected virtual IEnumerable<WorkflowProblem> CheckOwn(string path) => [];

    /// <summary>The state after this node. The last record is held in the visit until its branch is known.</summary>
    public abstract ValueTask<TState> ExecuteAsync(NodeVisit visit, TState state, CancellationToken cancellationToken);
}
