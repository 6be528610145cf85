using System.Runtime.ExceptionServices;

namespace AgentTeams.Workflows;

internal sealed class FunctionNode<TState>(string name, Func<TState, CancellationToken, ValueTask<TState>> function, NodeOptions<TState> options)
    : WorkflowNode<TState>(name, options)
    where TState : notnull
{
    public override NodeKind Kind => NodeKind.Function;

    public override async ValueTask<TState> ExecuteAsync(NodeVisit visit, TState state, CancellationToken cancellationToken)
    {
        var template = visit.Template(NodeKind.Function) with { Id = visit.Id };
        var outcome = await Calls.RunAsync(visit, t => function(state, t).AsTask(), cancellationToken).ConfigureAwait(false);
        visit.Hold(outcome.Describe(template));
        if (outcome.Error is { } error) ExceptionDispatchInfo.Throw(error);
        return outcome.Value!;
    }
}
