using System.Runtime.CompilerServices;

namespace AgentTeams;

/// <summary>A checked, immutable definition; any number of runs may use it at once.</summary>
/// <typeparam name="TState">The state that the nodes hand on.</typeparam>
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
    /// <exception cref="WorkflowNodeException">A node failed and nothing handled it.</exception>
    /// <exception cref="WorkflowStepLimitException">The run committed <see cref="WorkflowRunOptions.MaxSteps"/> nodes without reaching its end.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<WorkflowResult<TState>> RunAsync(TState initial, WorkflowRunOptions options, CancellationToken cancellationToken = default)
    {
        var nodes = new List<TrajectoryNode>();
        await foreach (var e in StreamAsync(initial, options, cancellationToken).ConfigureAwait(false))
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
    /// <returns>
    /// Events that end with <see cref="WorkflowCompleted{TState}"/>, <see cref="WorkflowFailed"/> or <see cref="WorkflowCancelled"/>;
    /// reading them throws nothing.
    /// </returns>
    public IAsyncEnumerable<WorkflowEvent> StreamAsync(TState initial, WorkflowRunOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(initial);
        ArgumentNullException.ThrowIfNull(options);
        return ReadAsync(initial, options, cancellationToken);
    }

    private async IAsyncEnumerable<WorkflowEvent> ReadAsync(TState state, WorkflowRunOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Its own source, so that a reader who stops early stops the node that is running.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var run = new RunContext(options, _graph.Nodes.Length);
        var commits = new WorkflowCommits<TState>(_graph, run);
        Task<Commit<TState>>? running = null;
        yield return new WorkflowStarted(Name, options.Seed);
        try
        {
            for (var index = _graph.Start; index != Workflow.EndIndex;)
            {
                if (stop.IsCancellationRequested)
                {
                    yield return new WorkflowCancelled { Step = run.Path.Count };
                    yield break;
                }

                if (run.Path.Count >= options.MaxSteps)
                {
                    yield return new WorkflowFailed(commits.StepLimit(index, options.MaxSteps)) { Step = run.Path.Count };
                    yield break;
                }

                running = commits.VisitAsync(index, state, stop.Token);
                while (!running.IsCompleted)
                {
                    await Task.WhenAny(running, run.Feed.WaitAsync()).ConfigureAwait(false);
                    foreach (var e in run.Feed.Drain()) yield return e;
                }

                foreach (var e in run.Feed.Drain()) yield return e;
                var commit = await running.ConfigureAwait(false);
                if (commit.Error is not null)
                {
                    yield return commit.Error is OperationCanceledException && stop.IsCancellationRequested
                        ? new WorkflowCancelled { Step = run.Path.Count }
                        : new WorkflowFailed(commit.Error) { Step = run.Path.Count };
                    yield break;
                }

                state = commit.State;
                index = commit.Next;
            }
        }
        finally
        {
            if (running is { IsCompleted: false })
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await running.ConfigureAwait(false);
            }
        }

        yield return new WorkflowCompleted<TState>(state) { Step = run.Path.Count };
    }
}
