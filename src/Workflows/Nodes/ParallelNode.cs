using System.Collections.Immutable;
using System.Runtime.ExceptionServices;

namespace AgentTeams.Workflows;

/// <summary>Branches that run side by side from one state, and the join that makes one state of them.</summary>
internal sealed class ParallelNode<TState>(string name, ParallelBuilder<TState> definition, NodeOptions<TState> options)
    : WorkflowNode<TState>(name, options)
    where TState : notnull
{
    private readonly ImmutableArray<ParallelBranch<TState>> _branches = [.. definition.Branches];
    private readonly Join _join = definition.Mode;
    private readonly Func<TState, IReadOnlyList<TState>, TState>? _merge = definition.Merging;

    public override NodeShape Shape => NodeShape.Parallel;

    public override bool IsPassive => true;

    public override IReadOnlyList<NodeHandle> Inside => [.. _branches.Select(b => b.Start)];

    protected override IEnumerable<WorkflowProblem> CheckOwn(string path)
    {
        if (_branches.Length == 0) yield return new(path, "The parallel node has no branches.", "Add at least one with Branch.");
        if (_join.Count > _branches.Length) yield return new(path, $"Its join waits for {_join.Count} branches of {_branches.Length}, so it can never fire.", "Wait for fewer, or add branches.");
        if (_join.Kind == JoinKind.All && _branches.FirstOrDefault(b => b.Condition is not null) is { } open)
            yield return new(path, $"Its join waits for all branches, but the branch '{open.Label}' may not be taken, so it may never fire.", "Use Join.Taken, or drop the condition.");
        foreach (var twice in _branches.GroupBy(b => b.Label, StringComparer.Ordinal).Where(g => g.Count() > 1))
            yield return new(path, $"{twice.Count()} branches are named '{twice.Key}'.", "Give each a label of its own.");
    }

    public override async ValueTask<NodeOutcome<TState>> ExecuteAsync(NodeVisit visit, TState state, CancellationToken cancellationToken)
    {
        var race = await RunAsync(visit, state, cancellationToken).ConfigureAwait(false);
        if (race.Failure is { } failure) ExceptionDispatchInfo.Throw(failure);
        if (race.Kind != EndKind.Completed) return new(state, null, race.Kind);
        visit.Taken = race.Winners;
        visit.Lost = race.Losers();
        var joined = new JoinedBranches<TState>([.. race.Winners.Order().Select(i => race.Updates[i])], _merge);
        // Where no branch was taken, what comes next uses what came before.
        if (!race.Winners.IsEmpty) visit.Scope.Committed = [.. race.Winners.Order().SelectMany(i => race.Scopes[i]!.Committed).Distinct(StringComparer.Ordinal)];
        foreach (var i in race.Winners.Order()) visit.Scope.Memory.Join(race.Scopes[i]!.Memory);
        return new(joined.Apply(state), joined);
    }

    /// <summary>Whether branches are folded, so that two that overwrite the same member lose one of the values.</summary>
    public bool Folds => _merge is null;

    /// <summary>The branches.</summary>
    public ImmutableArray<ParallelBranch<TState>> Branches => _branches;

    public override ValueTask<NodeOutcome<TState>> ReplayAsync(NodeVisit visit, VisitCommit recorded, TState state, CancellationToken cancellationToken) =>
        ExecuteAsync(visit, state, cancellationToken);

    public override async ValueTask<Exception?> ReplayFailureAsync(NodeVisit visit, VisitCommit? recorded, TState state, CancellationToken cancellationToken) =>
        (await RunAsync(visit, state, cancellationToken).ConfigureAwait(false)).Failure;

    public override TState Apply(TState state, object? result) => ((JoinedBranches<TState>)result!).Apply(state);

    private async Task<BranchRace<TState>> RunAsync(NodeVisit visit, TState state, CancellationToken cancellationToken)
    {
        var taken = new bool[_branches.Length];
        for (var i = 0; i < taken.Length; i++) taken[i] = _branches[i].Condition?.Invoke(state) ?? true;
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var race = new BranchRace<TState>(_join, taken, visit.Recorded is { IsSettled: true, Taken: { IsDefault: false } known } ? known : null, losers);
        race.EnsureCanFire(Name);
        var running = new Task[taken.Length];
        for (var i = 0; i < taken.Length; i++)
        {
            if (taken[i]) running[i] = RunBranchAsync(race, visit, i, state, losers.Token);
            else
            {
                visit.Tell(new BranchSkipped(_branches[i].Label));
                running[i] = Task.CompletedTask;
            }
        }

        await Task.WhenAll(running).ConfigureAwait(false);
        visit.Scope.Join([.. race.Scopes.OfType<Scope>()]);
        race.Close(cancellationToken.IsCancellationRequested);
        return race;
    }

    private async Task RunBranchAsync(BranchRace<TState> race, NodeVisit visit, int branch, TState state, CancellationToken cancellationToken)
    {
        var scope = race.Scopes[branch] = visit.Scope.Branch(visit, branch);
        var end = await ScopeRunner.RunAsync(visit.Scope.GraphOf<TState>(), scope, _branches[branch].Start.Index, state, race.Updates[branch], cancellationToken).ConfigureAwait(false);
        race.Ended(branch, end);
    }
}

/// <summary>The updates of the branches that a join took, in declaration order.</summary>
internal sealed class JoinedBranches<TState>(IReadOnlyList<List<StateUpdate<TState>>> branches, Func<TState, IReadOnlyList<TState>, TState>? merge)
{
    public TState Apply(TState state)
    {
        if (merge is not null) return merge(state, [.. branches.Select(b => Apply(state, b))]);
        foreach (var branch in branches) state = Apply(state, branch);
        return state;
    }

    private static TState Apply(TState state, List<StateUpdate<TState>> updates)
    {
        foreach (var update in updates) state = update.Apply(state);
        return state;
    }
}
