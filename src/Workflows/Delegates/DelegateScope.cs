namespace AgentTeams.Workflows;

/// <summary>Runs code whose steps are visits. Never throws; failures are in the end.</summary>
internal static class DelegateScope
{
    public static async ValueTask<ScopeEnd<T?>> RunAsync<T>(Scope scope, Func<WorkflowSteps, CancellationToken, Task<T>> code, CancellationToken cancellationToken)
    {
        var steps = new WorkflowSteps(scope, cancellationToken);
        try
        {
            var value = await code(steps, cancellationToken).ConfigureAwait(false);

            // Code that caught what stopped it has no result all the same.
            if (steps.Stop is { } error) return new(EndKind.Failed, default, error);
            if (steps.Stopped is { } stopped) return new(stopped, default);
            if (scope.HasNext()) throw new WorkflowReplayException(scope.IdPrefix, scope.NextPath(), "the journal goes on, and the code has ended");
            return new(EndKind.Completed, value);
        }
        catch (Exception e)
        {
            if (steps.Stop is { } error) return new(EndKind.Failed, default, error);
            return steps.Stopped is { } stopped ? new(stopped, default) : cancellationToken.IsCancellationRequested ? new(EndKind.Cancelled, default) : new(EndKind.Failed, default, e);
        }
    }
}
