namespace AgentTeams;

/// <summary>A checked, immutable definition; any number of runs may use it at once.</summary>
/// <typeparam name="TState">The state that the nodes hand on.</typeparam>
/// <example>
/// <code>
/// var result = await workflow.RunAsync(new MathState("What is twice 21?"), TeamRuntime.ForAll(chatClient));
/// Console.WriteLine(result.State.Value);
/// </code>
/// </example>
public sealed class Workflow<TState>
    where TState : notnull
{
    private readonly WorkflowGraph<TState> _graph;

    internal Workflow(WorkflowGraph<TState> graph) => _graph = graph;

    /// <summary>The workflow's name.</summary>
    public string Name => _graph.Name;

    /// <summary>The definition as a Mermaid flowchart.</summary>
    public string ToMermaid() => Mermaid.Draw(_graph);

    /// <summary>Runs to the end.</summary>
    /// <param name="initial">The state that the first node gets.</param>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">The run's key, limits and clock; every value has a default.</param>
    /// <param name="cancellationToken">Cancels the run, the call that is under way included.</param>
    /// <exception cref="WorkflowNodeException">A node failed and nothing handled it.</exception>
    /// <exception cref="WorkflowStepLimitException">The run committed <see cref="WorkflowRunOptions.MaxSteps"/> nodes without reaching its end.</exception>
    /// <exception cref="AgentTeamsException">An option is out of range.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<WorkflowResult<TState>> RunAsync(TState initial, TeamRuntime runtime, WorkflowRunOptions? options = null, CancellationToken cancellationToken = default)
    {
        var nodes = new List<TrajectoryNode>();
        await foreach (var e in StreamAsync(initial, runtime, options, cancellationToken).ConfigureAwait(false))
        {
            switch (e)
            {
                case CallRecorded call:
                    nodes.Add(call.Node);
                    break;
                case WorkflowCompleted<TState> completed:
                    return new(completed.State, [.. nodes], completed.Step);
                case WorkflowFailed failed:
                    throw failed.Exception;
            }
        }

        throw new OperationCanceledException(cancellationToken);
    }

    /// <summary>Runs and reports what happens as it happens. A node starts only when its predecessor's events were read.</summary>
    /// <param name="initial">The state that the first node gets.</param>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">The run's key, limits and clock; every value has a default.</param>
    /// <param name="cancellationToken">Cancels the run; its last event then is <see cref="WorkflowCancelled"/>.</param>
    /// <returns>
    /// Events that end with <see cref="WorkflowCompleted{TState}"/>, <see cref="WorkflowFailed"/> or <see cref="WorkflowCancelled"/>;
    /// reading them throws nothing.
    /// </returns>
    /// <exception cref="AgentTeamsException">An option is out of range.</exception>
    public IAsyncEnumerable<WorkflowEvent> StreamAsync(TState initial, TeamRuntime runtime, WorkflowRunOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(initial);
        ArgumentNullException.ThrowIfNull(runtime);
        options ??= new();
        OptionChecks.Validate(options);
        return new WorkflowRun<TState>(_graph, runtime, options).ReadAsync(initial, cancellationToken);
    }
}
