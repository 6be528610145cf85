using System.Globalization;

namespace AgentTeams;

/// <summary>What can be done with runs besides running them. None of it asks a model, calls a tool or runs a function that works outside of the run.</summary>
public static class RunOperations
{
    private static readonly TeamRuntime NoModels = new() { ChatClientSelector = _ => throw new AgentTeamsException("A replay asks no model.") };

    /// <summary>Reads a run from a store.</summary>
    /// <param name="workflow">The workflow that made it.</param>
    /// <param name="store">The store.</param>
    /// <param name="runId">The run's id there.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AgentTeamsException">The store holds no such run, or it is another workflow's.</exception>
    public static Task<RunState<TState>> ReadRunAsync<TState>(this Workflow<TState> workflow, ICheckpointStore store, string runId, CancellationToken cancellationToken = default)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(runId);
        return RunStore.ReadAsync<TState>(store, runId, workflow.Name, cancellationToken);
    }

    /// <summary>Applies what a run recorded, without doing any of it again: its state and records come out as they were.</summary>
    /// <param name="workflow">The workflow.</param>
    /// <param name="run">The run; one that has not ended is replayed as far as it got, and the result is not <see cref="WorkflowResult{TState}.IsCompleted"/>.</param>
    /// <param name="cancellationToken">Ends the replay.</param>
    /// <exception cref="WorkflowReplayException">The workflow does not go the way that the run went.</exception>
    public static async Task<WorkflowResult<TState>> ReplayAsync<TState>(this Workflow<TState> workflow, RunState<TState> run, CancellationToken cancellationToken = default)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(workflow);
        var sink = new CollectingSink();
        var end = await ReplayAsync(workflow, run, null, sink, cancellationToken).ConfigureAwait(false);
        return new(end.End.State, sink.Nodes(), end.Context!.Steps) { Requests = end.Requests, IsPartial = end.End.Kind != EndKind.Completed, Run = run };
    }

    /// <summary>Answers a request of a run that waits.</summary>
    /// <param name="workflow">The workflow.</param>
    /// <param name="run">The run.</param>
    /// <param name="requestId">The request's id.</param>
    /// <param name="answer">The answer, of the type that the node expects, or its JSON.</param>
    /// <param name="cancellationToken">Ends the replay by which the request is found.</param>
    /// <returns>The run with the answer, to be resumed; the given one stays as it is.</returns>
    /// <exception cref="AgentTeamsException">The run has no such request, or the answer is none to it.</exception>
    public static async Task<RunState<TState>> AnswerAsync<TState>(this Workflow<TState> workflow, RunState<TState> run, string requestId, object? answer, CancellationToken cancellationToken = default)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(requestId);
        return run.With(await AnswerToAsync(workflow, run, requestId, answer, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Answers a request of a run in a store, which waits until someone resumes it.</summary>
    /// <param name="workflow">The workflow.</param>
    /// <param name="store">The store.</param>
    /// <param name="runId">The run's id there.</param>
    /// <param name="requestId">The request's id.</param>
    /// <param name="answer">The answer, of the type that the node expects, or its JSON.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AgentTeamsException">The run has no such request, or the answer is none to it; nothing was stored then.</exception>
    /// <exception cref="JournalInUseException">The run is going on elsewhere.</exception>
    public static async Task AnswerAsync<TState>(this Workflow<TState> workflow, ICheckpointStore store, string runId, string requestId, object? answer, CancellationToken cancellationToken = default)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(runId);
        ArgumentNullException.ThrowIfNull(requestId);
        var journal = await store.OpenAsync(runId, cancellationToken).ConfigureAwait(false);
        var writer = new JournalWriter(journal);
        await using (writer.ConfigureAwait(false))
        {
            var run = RunState.FromRecords<TState>(journal.Records);
            RunStore.EnsureOf(workflow.Name, run.WorkflowName, $"run '{runId}'");
            await writer.AppendAsync(await AnswerToAsync(workflow, run, requestId, answer, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// A run that shares the past of another up to a visit and goes its own way from there. What it inherits is marked so in its record; its own draws
    /// have keys of their own.
    /// </summary>
    /// <param name="workflow">The workflow.</param>
    /// <param name="run">The run.</param>
    /// <param name="afterNodeId">The id of the last visit that is inherited, with all that it depends on and what ran beside it.</param>
    /// <param name="edit">Changes the state after that visit; null, the default, leaves it.</param>
    /// <param name="ordinal">Tells several forks from the same visit apart.</param>
    /// <param name="cancellationToken">Ends the replay by which the state is found.</param>
    /// <exception cref="AgentTeamsException">The run has no such visit, or its state is not of this type and cannot be edited.</exception>
    public static async Task<RunState<TState>> ForkAsync<TState>(
        this Workflow<TState> workflow, RunState<TState> run, string afterNodeId, Func<TState, TState>? edit = null, int ordinal = 0, CancellationToken cancellationToken = default)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(afterNodeId);
        var at = run.Commits().Where(c => c.NodeId == afterNodeId).Select(c => (VisitPath?)c.Path).LastOrDefault()
            ?? throw new AgentTeamsException($"The run has no visit '{afterNodeId}'. Its visits are: {string.Join(", ", run.Visits.Take(50).Select(v => v.Id))}.");
        var path = string.Create(CultureInfo.InvariantCulture, $"{run.Seed.Path}{(run.Seed.Path.Length == 0 ? "" : "/")}fork:{afterNodeId}:{ordinal}");
        var kept = new RunState<TState>(run.WorkflowName, run.Seed with { Path = path }, run.Initial, [.. Forks.Inherit(run.Items, at)], run.Seed.ToTrajectoryId(), afterNodeId) { Notes = run.Notes, Trace = run.Trace };
        return edit is null ? kept : kept.With(await EditAsync(workflow, kept, at, afterNodeId, edit, cancellationToken).ConfigureAwait(false));
    }

    private static async Task<StateEdit> EditAsync<TState>(Workflow<TState> workflow, RunState<TState> kept, VisitPath at, string id, Func<TState, TState> edit, CancellationToken cancellationToken)
        where TState : notnull
    {
        var end = await ReplayAsync(workflow, kept, at, new CollectingSink(), cancellationToken).ConfigureAwait(false);
        if (end.Context?.Reached is not TState state)
            throw new AgentTeamsException($"The visit '{id}' has a state of type {end.Context?.Reached?.GetType().Name ?? "none"}, not {typeof(TState).Name}. Fork at a visit of the workflow itself to edit its state.");
        var edited = edit(state) ?? throw new AgentTeamsException("The edit returned null. Return a state.");
        return new(at, StatePatch.Between(JournalJson.Write(state, id), JournalJson.Write(edited, id)));
    }

    private static async Task<AnswerGiven> AnswerToAsync<TState>(Workflow<TState> workflow, RunState<TState> run, string requestId, object? answer, CancellationToken cancellationToken)
        where TState : notnull
    {
        var end = await ReplayAsync(workflow, run, null, new CollectingSink(), cancellationToken).ConfigureAwait(false);
        foreach (var (request, node) in end.Context!.Requests)
        {
            if (request.Id == requestId) return new(request.Path, requestId, node.Check(answer));
        }

        if (run.Items.OfType<AnswerGiven>().Any(a => a.RequestId == requestId))
            throw new AgentTeamsException($"The request '{requestId}' was answered already. Resume the run, or fork it before '{requestId}' to give another answer.");
        var open = end.Context.Requests.Select(r => $"'{r.Request.Id}'").ToList();
        throw new AgentTeamsException($"The run waits for no answer to '{requestId}'. {(open.Count == 0 ? "It waits for none." : $"It waits for: {string.Join(", ", open)}.")}");
    }

    private static async Task<RunEnd<TState>> ReplayAsync<TState>(Workflow<TState> workflow, RunState<TState> run, VisitPath? stopAfter, CollectingSink sink, CancellationToken cancellationToken)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(run);
        RunStore.EnsureOf(workflow.Name, run.WorkflowName, "run");
        var replay = new WorkflowRun<TState>(workflow.Graph, NoModels, new() { MaxSteps = int.MaxValue, MaxDepth = int.MaxValue }) { IsReplay = true, StopAfter = stopAfter };
        var end = await replay.RunAsync(run, sink, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (end.End.Error is { } error && !RecordedFailureException.IsIn(error))
            throw error as AgentTeamsException ?? new AgentTeamsException($"The run cannot be replayed: {error.Message}", error);
        return end;
    }
}
