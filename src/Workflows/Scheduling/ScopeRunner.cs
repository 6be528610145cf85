namespace AgentTeams.Workflows;

/// <summary>Executes one node after another of a scope and decides where each leads. Never throws; failures are in the end.</summary>
internal static class ScopeRunner
{
    private const string ErrorBranch = "error";

    /// <param name="graph">The workflow.</param>
    /// <param name="scope">The scope.</param>
    /// <param name="start">The node to begin with.</param>
    /// <param name="state">The state that it gets.</param>
    /// <param name="updates">Is told of what changed the state, for a join; null where nothing is joined.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async ValueTask<ScopeEnd<TState>> RunAsync<TState>(
        WorkflowGraph<TState> graph, Scope scope, int start, TState state, List<StateUpdate<TState>>? updates, CancellationToken cancellationToken)
        where TState : notnull
    {
        var run = scope.Run;
        for (var index = start; index != Workflow.EndIndex;)
        {
            await run.Sink.HeardAsync().ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested && !scope.HasNext())
            {
                if (!run.IsStopping && run.Journal.Reached(scope.NextPath())) await TellStoppedAsync(graph, scope, index, state, cancellationToken).ConfigureAwait(false);
                return new(EndKind.Cancelled, state);
            }

            if (scope.Visited.Count >= run.MaxSteps) return new(EndKind.Failed, state, StepLimit(graph, scope, index));
            if (scope.IsClosed && !run.Journal.Reached(scope.NextPath())) return new(EndKind.Cancelled, state);
            run.CountStep();
            AfterVisit<TState> after;
            try
            {
                after = await VisitAsync(graph, scope, index, state, updates, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // What a store could not keep did not happen.
                return new(EndKind.Failed, state, e);
            }

            state = after.State;
            if (after.Kind != EndKind.Completed) return new(after.Kind, state, after.Error);
            index = after.Next;
        }

        return new(EndKind.Completed, state);
    }

    private static async ValueTask<AfterVisit<TState>> VisitAsync<TState>(
        WorkflowGraph<TState> graph, Scope scope, int index, TState state, List<StateUpdate<TState>>? updates, CancellationToken cancellationToken)
        where TState : notnull
    {
        // Only what a role asks is that role's; prompts, updates, functions and tools speak for themselves.
        ModelCallScope.Leave();
        var node = graph.Nodes[index];
        var visit = scope.Enter(index, node);
        if (visit.Recorded is { } expected && expected.Name != node.Name) return Diverged(graph, visit, state, $"the journal has a visit to '{expected.Name}' there");
        if (visit.Recorded is { Fingerprint: { } given } && node.Fingerprint is { } now && given != now) return Diverged(graph, visit, state, "the step is given something else than the journal's");
        if (visit.Recorded is { IsSettled: false, IsCancelled: false, Error: { } final } && (visit.IsOver || scope.Run.IsReplay))
        {
            // In a replay others beside it may have gone on or wait, which a join or a map sees only if this one fails again.
            var error = await TellEndedAsync(node, visit, state, cancellationToken).ConfigureAwait(false) ?? (visit.IsOver ? new AgentTeamsException(final.Message) : new RecordedFailureException(final));
            return new(EndKind.Failed, state, Workflow.EndIndex, AsFailureOf(graph, visit, error));
        }

        var isCancelled = scope.IsClosed || (scope.Run.IsReplay && visit.Recorded is { IsCancelled: true });
        if (visit.Recorded is not { IsSettled: true } && (isCancelled || (scope.Run.IsReplay && !node.IsPassive)))
        {
            if (isCancelled) await TellEndedAsync(node, visit, state, cancellationToken).ConfigureAwait(false);
            return new(EndKind.Cancelled, state);
        }

        visit.Started();
        try
        {
            if (visit.Recorded is { IsHandled: true, Error: { } failure } failed)
            {
                await node.ReplayFailureAsync(visit, failed, state, cancellationToken).ConfigureAwait(false);
                return await FollowRouteAsync(node, visit, state, failure, null, updates).ConfigureAwait(false);
            }

            var outcome = visit.Recorded is { IsSettled: true } recorded
                ? await node.ReplayAsync(visit, recorded, state, cancellationToken).ConfigureAwait(false)
                : await ExecuteAsync(node, visit, state, cancellationToken).ConfigureAwait(false);
            if (outcome.Kind == EndKind.Cancelled && cancellationToken.IsCancellationRequested && scope.IsBranch && !scope.Run.IsStopping)
            {
                // The run goes on without this branch, and knows when it is resumed that the visit had begun.
                await visit.FailAsync(new OperationCanceledException(cancellationToken), null, isJournaled: true, isCancelled: true).ConfigureAwait(false);
            }

            if (outcome.Kind != EndKind.Completed) return new(outcome.Kind, state);
            var updated = outcome.State ?? throw new AgentTeamsException($"The update of the node '{node.Name}' returned null. Return a state.");
            var exit = Choose(graph, index, updated);
            var branch = graph.HasChoice[index] ? exit.Label : null;
            if (visit.Recorded is { IsSettled: true } then && then.Branch != branch) return Diverged(graph, visit, state, $"the journal took the branch '{then.Branch}' after it, and the workflow takes '{branch}'");
            await visit.CompleteAsync(branch, outcome.Result).ConfigureAwait(false);
            updates?.Add(new(node, outcome.Result));
            return Go(scope, visit, updated, exit.Target.Index, updates);
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested)
        {
            // Whatever a cancelled client or tool throws, the cause is the cancellation. Where the run goes on without this branch, it ended here.
            await visit.FailAsync(e, null, isJournaled: scope.IsBranch && !scope.Run.IsStopping, isCancelled: true).ConfigureAwait(false);
            return new(EndKind.Cancelled, state);
        }
        catch (Exception e) when (scope.Run.IsReplay && visit.Recorded is not { IsSettled: true } && e is not WorkflowReplayException)
        {
            // The journal has no more, whatever comes next: that is as far as the run got.
            return new(EndKind.Cancelled, state);
        }
        catch (Exception e)
        {
            return await RouteAsync(graph, node, visit, state, e, updates).ConfigureAwait(false);
        }
    }

    private static ValueTask<NodeOutcome<TState>> ExecuteAsync<TState>(WorkflowNode<TState> node, NodeVisit visit, TState state, CancellationToken cancellationToken)
        where TState : notnull =>
        visit.Run is { Middleware.IsEmpty: false, IsReplay: false } ? ExecuteInsideAsync(node, visit, state, cancellationToken) : node.ExecuteAsync(visit, state, cancellationToken);

    private static async ValueTask<NodeOutcome<TState>> ExecuteInsideAsync<TState>(WorkflowNode<TState> node, NodeVisit visit, TState state, CancellationToken cancellationToken)
        where TState : notnull
    {
        NodeOutcome<TState>? outcome = null;
        await visit.Run.Middleware.VisitAsync(new(visit.Id, visit.Name, visit.Path, state as object is StepState ? null : state), async token =>
        {
            if (outcome is not null) throw new AgentTeamsException($"Middleware visits the node '{visit.Id}' twice. Let VisitAsync call next once.");
            outcome = await node.ExecuteAsync(visit, state, token).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);
        return outcome ?? throw new AgentTeamsException($"Middleware did not visit the node '{visit.Id}' and said nothing of why. Let VisitAsync call next, or throw.");
    }

    // The join was decided before a crash and is decided again, so what it stopped then is not begun again, and is told.
    private static ValueTask<Exception?> TellStoppedAsync<TState>(WorkflowGraph<TState> graph, Scope scope, int index, TState state, CancellationToken cancellationToken)
        where TState : notnull => TellEndedAsync(graph.Nodes[index], scope.Enter(index, graph.Nodes[index]), state, cancellationToken);

    // The run went on without what happened here.
    private static async ValueTask<Exception?> TellEndedAsync<TState>(WorkflowNode<TState> node, NodeVisit visit, TState state, CancellationToken cancellationToken)
        where TState : notnull
    {
        visit.Started();
        Exception? failure;
        try
        {
            failure = await node.ReplayFailureAsync(visit, visit.Recorded, state, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The node fails by itself, before anything inside of it begins.
            failure = e;
        }

        if (visit.Recorded?.Error is { } error) await visit.FailAsync(null, error, null, isJournaled: false).ConfigureAwait(false);
        return failure;
    }

    private static async ValueTask<AfterVisit<TState>> RouteAsync<TState>(
        WorkflowGraph<TState> graph, WorkflowNode<TState> node, NodeVisit visit, TState state, Exception error, List<StateUpdate<TState>>? updates)
        where TState : notnull
    {
        // What stops the whole run is nobody's to handle.
        if (node.Options.OnError is not null && !RunStops.Is(error))
        {
            try
            {
                return await FollowRouteAsync(node, visit, state, NodeError.Of(error), error, updates).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                error = new AggregateException($"The error route of the node '{node.Name}' failed too: {e.Message}", error, e);
            }
        }

        var isStop = RunStops.Is(error);
        await visit.FailAsync(error, null, isJournaled: !isStop).ConfigureAwait(false);
        return new(EndKind.Failed, state, Workflow.EndIndex, isStop ? error : AsFailureOf(graph, visit, error));
    }

    private static Exception AsFailureOf<TState>(WorkflowGraph<TState> graph, NodeVisit visit, Exception error)
        where TState : notnull =>
        error is WorkflowNodeException or WorkflowStepLimitException ? error : new WorkflowNodeException(graph.Name, visit.Id, error);

    private static async ValueTask<AfterVisit<TState>> FollowRouteAsync<TState>(
        WorkflowNode<TState> node, NodeVisit visit, TState state, NodeError failure, Exception? error, List<StateUpdate<TState>>? updates)
        where TState : notnull
    {
        var route = node.Options.OnError ?? throw new WorkflowReplayException(node.Name, visit.Path, "the journal followed an error route, and the node has none");
        var updated = route.Update(state, failure) ?? throw new AgentTeamsException($"The error route of the node '{node.Name}' returned null. Return a state.");
        await visit.FailAsync(error, failure, ErrorBranch, isJournaled: true).ConfigureAwait(false);
        updates?.Add(new(route, failure));
        return Go(visit.Scope, visit, updated, route.Target.Index, updates);
    }

    private static AfterVisit<TState> Go<TState>(Scope scope, NodeVisit visit, TState state, int next, List<StateUpdate<TState>>? updates)
        where TState : notnull
    {
        foreach (var edit in scope.Run.Journal.EditsAfter(visit.Path))
        {
            state = edit.Patch.Apply(state, visit.Id);
            updates?.Add(new(EditUpdate<TState>.Instance, edit.Patch));
        }

        if (scope.Run.StopAfter is not { } last || last != visit.Path) return new(EndKind.Completed, state, next);
        scope.Run.Reached = state;
        return new(EndKind.Cancelled, state);
    }

    private static AfterVisit<TState> Diverged<TState>(WorkflowGraph<TState> graph, NodeVisit visit, TState state, string how)
        where TState : notnull =>
        new(EndKind.Failed, state, Workflow.EndIndex, new WorkflowReplayException($"{graph.Name}/{visit.Id}", visit.Path, how));

    private static WorkflowStepLimitException StepLimit<TState>(WorkflowGraph<TState> graph, Scope scope, int next)
        where TState : notnull
    {
        var last = scope.Visited.LastIndexOf(next);
        return new(graph.Name, scope.Run.MaxSteps, [.. scope.Visited.Skip(Math.Max(0, last)).Select(i => graph.Nodes[i].Name)]);
    }

    private static BranchCase<TState> Choose<TState>(WorkflowGraph<TState> graph, int index, TState state)
        where TState : notnull
    {
        var exits = graph.Exits[index];
        foreach (var exit in exits)
        {
            if (exit.Condition is null || exit.Condition(state)) return exit;
        }

        return exits[^1];
    }

    /// <summary>The state after a node and where the scope goes, or why it ends.</summary>
    private readonly record struct AfterVisit<TState>(EndKind Kind, TState State, int Next = Workflow.EndIndex, Exception? Error = null);
}
