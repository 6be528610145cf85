using System.Globalization;
using System.Runtime.ExceptionServices;

namespace AgentTeams.Workflows;

/// <summary>One workflow for each item of a list that only the run knows, so many at a time.</summary>
internal sealed class MapNode<TState, TItem, TResult>(
    string name, Func<TState, IReadOnlyList<TItem>> items, BoundWorkflow<TItem, TResult> each, Func<TState, IReadOnlyList<TResult>, TState> update, MapOptions<TItem> map,
    NodeOptions<TState> options) : WorkflowNode<TState>(name, options)
    where TState : notnull
{
    public override NodeShape Shape => NodeShape.Map;

    public override IReadOnlyList<StateWrites> Writes => [StateWrites.Of(update)];

    public override IEnumerable<Role> Roles => each.Roles;

    public override bool MayAsk => each.MayAsk;

    public override bool IsPassive => true;

    protected override IEnumerable<WorkflowProblem> CheckOwn(string path) =>
        OptionChecks.ProblemsOf(map).Select(p => new WorkflowProblem(path, $"Its MapOptions are not valid: {p}", "Mend the options."));

    public override async ValueTask<NodeOutcome<TState>> ExecuteAsync(NodeVisit visit, TState state, CancellationToken cancellationToken)
    {
        var runs = await RunAsync(visit, state, cancellationToken).ConfigureAwait(false);
        visit.CommitsAll = true;
        if (visit.Recorded is { IsSettled: true } recorded) visit.Restore(recorded);
        else
        {
            foreach (var run in runs)
            {
                if (run.Record is { } record) visit.Hold(record);
            }
        }

        if (runs.Failure is { } failure && (!map.SkipFailed || RunStops.Is(failure))) ExceptionDispatchInfo.Throw(failure);

        // Where the journal has how the map ended, items without a result are those that were skipped.
        if (visit.Recorded is not { IsSettled: true })
        {
            if (runs.Find(r => r.Kind == EndKind.Cancelled) is not null || cancellationToken.IsCancellationRequested) return new(state, null, EndKind.Cancelled);
            if (runs.Find(r => r.Kind == EndKind.Waiting) is not null) return new(state, null, EndKind.Waiting);
        }

        IReadOnlyList<TResult> results = [.. runs.Where(r => r.Kind == EndKind.Completed).Select(r => r.Output!)];
        return new(update(state, results), results);
    }

    public override ValueTask<NodeOutcome<TState>> ReplayAsync(NodeVisit visit, VisitCommit recorded, TState state, CancellationToken cancellationToken) =>
        ExecuteAsync(visit, state, cancellationToken);

    public override async ValueTask<Exception?> ReplayFailureAsync(NodeVisit visit, VisitCommit? recorded, TState state, CancellationToken cancellationToken)
    {
        var runs = await RunAsync(visit, state, cancellationToken).ConfigureAwait(false);
        await base.ReplayFailureAsync(visit, recorded, state, cancellationToken).ConfigureAwait(false);
        return runs.Failure;
    }

    public override TState Apply(TState state, object? result) => update(state, (IReadOnlyList<TResult>)result!);

    private async Task<ItemRuns<TResult>> RunAsync(NodeVisit visit, TState state, CancellationToken cancellationToken)
    {
        var given = items(state) ?? throw new AgentTeamsException($"The items of the node '{Name}' are null. Return a list, empty if there are none.");
        var keys = KeysOf(given);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var runs = new ItemRuns<TResult>(given.Count);
        var next = -1;
        var workers = new Task[Math.Min(map.MaxConcurrency, given.Count)];
        for (var i = 0; i < workers.Length; i++) workers[i] = WorkAsync();
        await Task.WhenAll(workers).ConfigureAwait(false);
        visit.Scope.Join([.. runs.Select(r => r.Scope)]);
        return runs;

        async Task WorkAsync()
        {
            for (var i = Interlocked.Increment(ref next); i < given.Count; i = Interlocked.Increment(ref next))
            {
                var run = await each.RunInsideAsync(visit, new(i, keys[i], map.SkipFailed), given[i], stop.Token).ConfigureAwait(false);
                runs.Set(i, run);
                if (run.Kind == EndKind.Failed && (!map.SkipFailed || RunStops.Is(run.Error))) await stop.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    private string[] KeysOf(IReadOnlyList<TItem> given)
    {
        var keys = new string[given.Count];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = map.Key is null ? i.ToString(CultureInfo.InvariantCulture) : map.Key(given[i]);
            if (Guard.NameProblem(keys[i], $"key of item {i.ToString(CultureInfo.InvariantCulture)} of the node '{Name}'") is { } problem) throw new AgentTeamsException(problem);
            if (!seen.Add(keys[i])) throw new AgentTeamsException($"Two items of the node '{Name}' have the key '{keys[i]}'. Give each its own.");
        }

        return keys;
    }
}

/// <summary>The runs of a map's items, in the order of the items.</summary>
internal sealed class ItemRuns<TResult>(int count) : IEnumerable<InsideRun<TResult>>
{
    private readonly InsideRun<TResult>?[] _runs = new InsideRun<TResult>?[count];
    private readonly FirstFailure _failure = new();

    /// <summary>Why the first that failed did.</summary>
    public Exception? Failure => _failure.Error;

    public void Set(int item, InsideRun<TResult> run)
    {
        _runs[item] = run;
        if (run.Error is { } error) _failure.Add(error);
    }

    public InsideRun<TResult>? Find(Predicate<InsideRun<TResult>> condition) => Array.Find(_runs, r => r is not null && condition(r));

    public IEnumerator<InsideRun<TResult>> GetEnumerator() => _runs.OfType<InsideRun<TResult>>().GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}
