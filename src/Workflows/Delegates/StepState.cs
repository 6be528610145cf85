using System.Runtime.ExceptionServices;

namespace AgentTeams.Workflows;

/// <summary>The state of a step of code: what it came to.</summary>
internal sealed record StepState(object? Value = null);

/// <summary>A step in which branches of code run side by side.</summary>
internal sealed class BranchesNode<T>(string name, IReadOnlyList<Func<WorkflowSteps, Task<T>>> branches, int maxConcurrency) : WorkflowNode<StepState>(name, new())
{
    public override NodeShape Shape => NodeShape.Parallel;

    public override bool IsPassive => true;

    public override async ValueTask<NodeOutcome<StepState>> ExecuteAsync(NodeVisit visit, StepState state, CancellationToken cancellationToken)
    {
        var (ends, scopes, failure) = await RunAsync(visit, cancellationToken).ConfigureAwait(false);
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
        foreach (var kind in (EndKind[])[EndKind.Cancelled, EndKind.Waiting])
        {
            if (Array.Exists(ends, e => e.Kind == kind)) return new(state, null, kind);
        }

        foreach (var scope in scopes) visit.Scope.Memory.Join(scope.Memory);
        visit.Scope.Committed = [.. scopes.SelectMany(s => s.Committed).Distinct(StringComparer.Ordinal)];
        IReadOnlyList<T> values = [.. ends.Select(e => e.State!)];
        return new(new(values), values);
    }

    public override ValueTask<NodeOutcome<StepState>> ReplayAsync(NodeVisit visit, VisitCommit recorded, StepState state, CancellationToken cancellationToken) =>
        ExecuteAsync(visit, state, cancellationToken);

    public override async ValueTask<Exception?> ReplayFailureAsync(NodeVisit visit, VisitCommit? recorded, StepState state, CancellationToken cancellationToken) =>
        (await RunAsync(visit, cancellationToken).ConfigureAwait(false)).Failure;

    public override StepState Apply(StepState state, object? result) => new(result);

    private async Task<(ScopeEnd<T?>[] Ends, Scope[] Scopes, Exception? Failure)> RunAsync(NodeVisit visit, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ends = new ScopeEnd<T?>[branches.Count];
        var scopes = new Scope[branches.Count];
        for (var i = 0; i < scopes.Length; i++) scopes[i] = visit.Scope.Steps(visit, new(i, i.ToString(System.Globalization.CultureInfo.InvariantCulture)), new(visit.Scope.Memory));
        var failure = new FirstFailure();
        var next = -1;
        var workers = new Task[Math.Min(maxConcurrency, branches.Count)];
        for (var i = 0; i < workers.Length; i++) workers[i] = WorkAsync();
        await Task.WhenAll(workers).ConfigureAwait(false);
        visit.Scope.Join(scopes);
        return (ends, scopes, failure.Error);

        async Task WorkAsync()
        {
            for (var i = Interlocked.Increment(ref next); i < branches.Count; i = Interlocked.Increment(ref next))
            {
                var branch = branches[i];
                ends[i] = await DelegateScope.RunAsync(scopes[i], (steps, _) => branch(steps), stop.Token).ConfigureAwait(false);
                if (ends[i].Error is not { } error) continue;
                failure.Add(error);
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }
    }
}
