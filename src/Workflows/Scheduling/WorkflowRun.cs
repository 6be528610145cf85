using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace AgentTeams.Workflows;

/// <summary>One run of a workflow, from its beginning or from what it did before.</summary>
internal sealed class WorkflowRun<TState>(WorkflowGraph<TState> graph, TeamRuntime runtime, WorkflowRunOptions options)
    where TState : notnull
{
    /// <summary>What the run began with; set once it is known.</summary>
    public RunState<TState>? Began { get; private set; }

    /// <summary>Whether nothing is done but what the journal holds.</summary>
    public bool IsReplay { get; init; }

    /// <summary>Whether what it begins with was read from the store in which it goes on.</summary>
    public bool IsContinued { get; init; }

    /// <summary>Where a replay ends; null for where the journal does.</summary>
    public VisitPath? StopAfter { get; init; }

    /// <summary>Runs as far as it goes. Never throws; failures are in the end.</summary>
    public async Task<RunEnd<TState>> RunAsync(RunState<TState> from, RunSink sink, CancellationToken cancellationToken)
    {
        JournalWriter? writer = null;
        using var late = options.Budget.MaxDuration is { } most ? new CancellationTokenSource(most, options.TimeProvider) : null;
        using var either = late is null ? null : CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        var stop = either?.Token ?? cancellationToken;
        using var observed = !IsReplay && WorkflowTelemetry.HasListeners ? new RunObservation(graph.Name, options.TimeProvider, options.EnableSensitiveData) : null;
        try
        {
            if (from.IsNew && options.Middleware.Count > 0) from = await new MiddlewareChain(options.Middleware).BeginAsync(from, options.RunId, stop).ConfigureAwait(false);
            else if (from.ParentId is not null && options.Middleware.Count > 0) from = await new MiddlewareChain(options.Middleware).ForkAsync(from, options.RunId, stop).ConfigureAwait(false);
            if (options.Checkpoints is { } store) (from, writer) = await RunStore.OpenAsync(store, options.RunId!, from, IsContinued ? null : options.Seed, cancellationToken).ConfigureAwait(false);
            Began = from;
            if (writer is not null) writer.Trace = observed?.Trace;
            var journal = new RunJournal(from.Items, writer);
            var run = new RunContext(runtime, options, from.Seed, journal, sink, stop)
            {
                Info = new(graph.Name, from.Seed, options.RunId) { Notes = from.Notes }, IsReplay = IsReplay, StopAfter = StopAfter, IsObserved = observed is not null,
            };
            observed?.Identify(run.Id, from.Trace);
            foreach (var (node, model) in journal.Recorded()) run.Budget.Add(node, model);
            if (!IsReplay) WorkflowLog.Started(run.Log, graph.Name, run, from.Items.Count);
            if (sink.TellsAll) sink.Tell(new WorkflowStarted(graph.Name, from.Seed) { Notes = from.Notes });
            var scope = new Scope(run, graph, graph.Nodes.Length);
            var end = await RunAsync(run, scope, from.Initial, stop).ConfigureAwait(false);
            if (end.Kind == EndKind.Completed && journal.FirstUnvisited() is { } left)
                end = new(EndKind.Failed, end.State, new WorkflowReplayException(left.NodeId, left.Path, "the journal goes on, and the workflow has ended"));
            if (end.Kind == EndKind.Cancelled && late?.IsCancellationRequested == true && !cancellationToken.IsCancellationRequested)
                end = new(EndKind.Failed, end.State, BudgetMeter.Spent(nameof(RunBudget.MaxDuration), options.Budget.MaxDuration, options.Budget.MaxDuration!));
            return Tell(observed, new(end, from, run, scope.Step) { Trace = observed?.Trace ?? from.Trace });
        }
        catch (Exception e)
        {
            return Tell(observed, new(new(cancellationToken.IsCancellationRequested ? EndKind.Cancelled : EndKind.Failed, from.Initial, e), from, null, 0));
        }
        finally
        {
            if (writer is not null) await writer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private RunEnd<TState> Tell(RunObservation? observed, RunEnd<TState> end)
    {
        observed?.End(end.End.Kind, end.End.Error);
        if (!IsReplay) WorkflowLog.Ended(end.Context?.Log ?? options.LoggerFactory.CreateLogger(WorkflowLog.Category), graph.Name, end.Context, end.End.Kind, end.End.Error);
        return end;
    }

    private async ValueTask<ScopeEnd<TState>> RunAsync(RunContext run, Scope scope, TState initial, CancellationToken stop)
    {
        if (run.Middleware.IsEmpty) return await ScopeRunner.RunAsync(graph, scope, graph.Start, initial, null, stop).ConfigureAwait(false);
        ScopeEnd<TState>? end = null;
        await run.Middleware.RunAsync(run.Info, async token =>
        {
            end = await ScopeRunner.RunAsync(graph, scope, graph.Start, initial, null, token).ConfigureAwait(false);
            if (end.Value.Error is { } error) ExceptionDispatchInfo.Throw(error);
        }, stop).ConfigureAwait(false);
        return end ?? throw new AgentTeamsException($"Middleware did not run the workflow '{graph.Name}' and said nothing of why. Let RunAsync call next, or throw.");
    }

    /// <summary>Runs and tells what happens. A reader who stops early stops the run.</summary>
    public async IAsyncEnumerable<WorkflowEvent> ReadAsync(RunState<TState> from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sink = new StreamingSink();
        var running = RunAsync(from, sink, stop.Token);
        try
        {
            while (true)
            {
                var events = sink.Drain();
                foreach (var e in events) yield return e;
                if (events.Count > 0) continue;
                if (running.IsCompleted && sink.IsEmpty) break;
                await Task.WhenAny(running, sink.ToldAsync()).ConfigureAwait(false);
            }
        }
        finally
        {
            if (!running.IsCompleted)
            {
                await stop.CancelAsync().ConfigureAwait(false);
                sink.Close();
                await running.ConfigureAwait(false);
            }
        }

        var end = await running.ConfigureAwait(false);
        if (Began is null) yield return new WorkflowStarted(graph.Name, from.Seed) { Notes = from.Notes };
        yield return end.ToEvent();
    }
}

/// <summary>How a run ended.</summary>
/// <param name="End">The state that it reached, and how.</param>
/// <param name="From">What it began with.</param>
/// <param name="Context">What it did; null if it could not begin.</param>
/// <param name="Step">One more than its greatest step.</param>
internal sealed record RunEnd<TState>(ScopeEnd<TState> End, RunState<TState> From, RunContext? Context, int Step)
    where TState : notnull
{
    public IReadOnlyList<HumanRequest> Requests => End.Kind == EndKind.Waiting ? [.. Context!.Requests.Select(r => r.Request)] : [];

    /// <summary>The span of the run, as a W3C <c>traceparent</c>; null where nobody listened.</summary>
    public string? Trace { get; init; }

    /// <summary>What the run did, from which it can go on.</summary>
    public RunState<TState> Run => Context is null ? From : new(From.WorkflowName, From.Seed, From.Initial, Context.Journal.Snapshot(), From.ParentId, From.ForkNodeId) { Notes = From.Notes, Trace = Trace };

    public WorkflowEvent ToEvent() => End.Kind switch
    {
        EndKind.Completed => new WorkflowCompleted<TState>(End.State) { Step = Step },
        EndKind.Waiting => new WorkflowWaiting(Requests, Run) { Step = Step },
        EndKind.Failed => new WorkflowFailed(End.Error!) { Step = Step },
        _ => new WorkflowCancelled { Step = Step },
    };
}
