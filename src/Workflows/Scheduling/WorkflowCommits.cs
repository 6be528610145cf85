namespace AgentTeams.Workflows;

/// <summary>Executes one node after another of one run and decides where each leads.</summary>
internal sealed class WorkflowCommits<TState>(WorkflowGraph<TState> graph, RunContext run)
    where TState : notnull
{
    private const string ErrorBranch = "error";

    /// <summary>Never throws; failures are in the result.</summary>
    public async Task<Commit<TState>> VisitAsync(int index, TState state, CancellationToken cancellationToken)
    {
        // Only what a role asks is that role's; prompts, updates, functions and tools speak for themselves.
        ModelCallScope.Leave();
        var node = graph.Nodes[index];
        var visit = run.Enter(index, node.Name);
        visit.Emit(new NodeStarted(node.Name, visit.Visit));
        try
        {
            var updated = await node.ExecuteAsync(visit, state, cancellationToken).ConfigureAwait(false)
                ?? throw new AgentTeamsException($"The update of the node '{node.Name}' returned null. Return a state.");
            var exit = Choose(index, updated);
            visit.Complete(graph.HasChoice[index] ? exit.Label : null);
            return new(updated, exit.Target.Index, null);
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested)
        {
            // Whatever a cancelled client or tool throws, the cause is the cancellation.
            visit.Fail(e, null);
            return new(state, Workflow.EndIndex, e as OperationCanceledException ?? new OperationCanceledException(e.Message, e, cancellationToken));
        }
        catch (Exception e)
        {
            return Route(node, visit, state, e);
        }
    }

    public WorkflowStepLimitException StepLimit(int next, int limit)
    {
        var last = run.Path.LastIndexOf(next);
        return new(graph.Name, limit, [.. run.Path.Skip(Math.Max(0, last)).Select(i => graph.Nodes[i].Name)]);
    }

    private Commit<TState> Route(WorkflowNode<TState> node, NodeVisit visit, TState state, Exception error)
    {
        if (node.Options.OnError is { } route)
        {
            try
            {
                var updated = route.Update(state, error) ?? throw new AgentTeamsException($"The error route of the node '{node.Name}' returned null. Return a state.");
                visit.Fail(error, ErrorBranch);
                return new(updated, route.Target.Index, null);
            }
            catch (Exception e)
            {
                error = new AggregateException($"The error route of the node '{node.Name}' failed too: {e.Message}", error, e);
            }
        }

        visit.Fail(error, null);
        return new(state, Workflow.EndIndex, new WorkflowNodeException(graph.Name, visit.Id, error));
    }

    private BranchCase<TState> Choose(int index, TState state)
    {
        var exits = graph.Exits[index];
        foreach (var exit in exits)
        {
            if (exit.Condition is null || exit.Condition(state)) return exit;
        }

        return exits[^1];
    }
}

/// <summary>The state after a node and where the run goes, or why it ends.</summary>
internal readonly record struct Commit<TState>(TState State, int Next, Exception? Error);
