using System.Runtime.ExceptionServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

internal sealed class ToolNode<TState, TArguments>(
    AIFunction tool, Func<TState, TArguments> arguments, Func<TState, ToolResult, TState> update, NodeOptions<TState> options)
    : WorkflowNode<TState>(tool.Name, options)
    where TState : notnull
    where TArguments : notnull
{
    public override NodeShape Shape => NodeShape.Tool;

    public override IReadOnlyList<StateWrites> Writes => [StateWrites.Of(update)];

    protected override IEnumerable<WorkflowProblem> CheckOwn(string path) =>
        ArgumentReader<TArguments>.Names is { } names ? ArgumentChecks.Run(path, tool, names) : [];

    public override async ValueTask<NodeOutcome<TState>> ExecuteAsync(NodeVisit visit, TState state, CancellationToken cancellationToken)
    {
        var given = ArgumentReader<TArguments>.Read(arguments(state));
        var template = visit.Template(NodeKind.Tool) with
        {
            Id = visit.Id,
            ToolName = tool.Name,
            Server = tool.GetService<IServedTool>()?.Server,
            Arguments = visit.Run.ToElement(given),
        };
        var call = visit.CallContext(visit.Id);
        var outcome = await Calls.RunAsync(visit, t => InvokeAsync(visit, given, call, t), cancellationToken).ConfigureAwait(false);
        visit.Hold(ToolCalls.Describe(outcome, template, call, visit.Run.ToElement));
        foreach (var asked in call.Inner) visit.Hold(asked);
        if (outcome.Error is { } error && (!Options.ToolFailureAsResult || cancellationToken.IsCancellationRequested)) ExceptionDispatchInfo.Throw(error);
        var result = outcome.Value ?? ToolCalls.Failure(outcome.Error!.Message);
        return new(update(state, result), result);
    }

    public override TState Apply(TState state, object? result) => update(state, (ToolResult)result!);

    public override object Read(VisitCommit recorded) => ToolCalls.ResultOf(recorded.Records[0]);

    // On a thread of its own where others run beside it, so that tools which block run at the same time too.
    private Task<ToolResult> InvokeAsync(NodeVisit visit, Dictionary<string, object?> given, ToolCallContext call, CancellationToken cancellationToken) =>
        visit.Scope.IsBranch
            ? Task.Run(() => ToolCalls.InvokeAsync(tool, given, visit.Run, call, cancellationToken), cancellationToken)
            : ToolCalls.InvokeAsync(tool, given, visit.Run, call, cancellationToken);
}
