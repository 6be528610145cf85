using System.Runtime.CompilerServices;

namespace AgentTeams.Workflows;

/// <summary>One run of a workflow: visits node after node and tells what happens.</summary>
internal sealed class WorkflowRun<TState>(WorkflowGraph<TState> graph, TeamRuntime runtime, WorkflowRunOptions options)
    where TState : notnull
{
    private readonly RunContext _context = new(runtime, options, graph.Nodes.Length);

    public async IAsyncEnumerable<WorkflowEvent> ReadAsync(TState state, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Its own source, so that a reader who stops early stops the node that is running.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var commits = new WorkflowCommits<TState>(graph, _context);
        Task<Commit<TState>>? running = null;
        yield return new WorkflowStarted(graph.Name, options.Seed);
        try
        {
            for (var index = graph.Start; index != Workflow.EndIndex;)
            {
                if (stop.IsCancellationRequested)
                {
                    yield return new WorkflowCancelled { Step = _context.Path.Count };
                    yield break;
                }

                if (_context.Path.Count >= options.MaxSteps)
                {
                    yield return new WorkflowFailed(commits.StepLimit(index, options.MaxSteps)) { Step = _context.Path.Count };
                    yield break;
                }

                running = commits.VisitAsync(index, state, stop.Token);
                while (!running.IsCompleted)
                {
                    await Task.WhenAny(running, _context.Feed.WaitAsync()).ConfigureAwait(false);
                    foreach (var e in _context.Feed.Drain()) yield return e;
                }

                foreach (var e in _context.Feed.Drain()) yield return e;
                var commit = await running.ConfigureAwait(false);
                if (commit.Error is not null)
                {
                    yield return commit.Error is OperationCanceledException && stop.IsCancellationRequested
                        ? new WorkflowCancelled { Step = _context.Path.Count }
                        : new WorkflowFailed(commit.Error) { Step = _context.Path.Count };
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

        yield return new WorkflowCompleted<TState>(state) { Step = _context.Path.Count };
    }
}
