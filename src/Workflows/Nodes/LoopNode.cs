using System.Runtime.ExceptionServices;

namespace AgentTeams.Workflows;

/// <summary>Nodes that are gone through again and again, until the state is good or the rounds are used up.</summary>
internal sealed class LoopNode<TState>(string name, NodeHandle start, Func<TState, bool> until, LoopOptions loop, NodeOptions<TState> options) : WorkflowNode<TState>(name, options)
    where TState : notnull
{
    public override NodeShape Shape => NodeShape.Loop;

    public override bool IsPassive => true;

    public override IReadOnlyList<NodeHandle> Inside { get; } = [start];

    protected override IEnumerable<WorkflowProblem> CheckOwn(string path) =>
        OptionChecks.ProblemsOf(loop).Select(p => new WorkflowProblem(path, $"Its LoopOptions are not valid: {p}", "Mend the options."));

    public override async ValueTask<NodeOutcome<TState>> ExecuteAsync(NodeVisit visit, TState state, CancellationToken cancellationToken)
    {
        var updates = new List<StateUpdate<TState>>();
        var (end, isDone) = await RunAsync(visit, state, updates, cancellationToken).ConfigureAwait(false);
        if (end.Error is { } error) ExceptionDispatchInfo.Throw(error);
        if (end.Kind != EndKind.Completed) return new(state, null, end.Kind);
        if (!isDone && loop.OnLimit == LoopLimit.Fail) throw new LoopLimitException(Name, loop.MaxRounds);
        return new(end.State, new JoinedBranches<TState>([updates], null));
    }

    public override ValueTask<NodeOutcome<TState>> ReplayAsync(NodeVisit visit, VisitCommit recorded, TState state, CancellationToken cancellationToken) =>
        ExecuteAsync(visit, state, cancellationToken);

    public override async ValueTask<Exception?> ReplayFailureAsync(NodeVisit visit, VisitCommit? recorded, TState state, CancellationToken cancellationToken) =>
        (await RunAsync(visit, state, [], cancellationToken).ConfigureAwait(false)).End.Error;

    public override TState Apply(TState state, object? result) => ((JoinedBranches<TState>)result!).Apply(state);

    /// <summary>The end of the last round, and whether it was the last because nothing was left to do.</summary>
    private async ValueTask<(ScopeEnd<TState> End, bool IsDone)> RunAsync(NodeVisit visit, TState state, List<StateUpdate<TState>> updates, CancellationToken cancellationToken)
    {
        var scope = visit.Scope.Loop(visit);
        var end = new ScopeEnd<TState>(EndKind.Completed, state);
        var isDone = false;
        for (var round = 0; !isDone && round < loop.MaxRounds; round++)
        {
            end = await ScopeRunner.RunAsync(scope.GraphOf<TState>(), scope, start.Index, end.State, updates, cancellationToken).ConfigureAwait(false);
            isDone = end.Kind != EndKind.Completed || until(end.State);
        }

        visit.Scope.Join(scope);
        visit.Scope.Committed = scope.Committed;
        return (end, isDone);
    }
}
