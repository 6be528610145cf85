using System.Runtime.ExceptionServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

internal sealed class ToolNode<TState, TArguments>(
    AIFunction tool, Func<TState, TArguments> arguments, Func<TState, ToolResult, TState> update, NodeOptions<TState> options)
    : WorkflowNode<TState>(tool.Name, options)
    where TState : notnull
    where TArguments : notnull
{
    public override NodeKind Kind => NodeKind.Tool;

    protected override IEnumerable<WorkflowProblem> CheckOwn(string path) =>
        ArgumentReader<TArguments>.Names is { } names ? ArgumentChecks.Run(path, tool, names) : [];

    public override async ValueTask<TState> ExecuteAsync(NodeVisit visit, TState state, CancellationToken cancellationToken)
    {
        var given = ArgumentReader<TArguments>.Read(arguments(state));
        var template = visit.Template(NodeKind.Tool) with
        {
            Id = visit.Id,
            ToolName = tool.Name,
            Arguments = visit.Run.ToElement(given),
        };
        var outcome = await Calls.RunAsync(visit, t => ToolCalls.InvokeAsync(tool, given, visit.Run.Services, t), cancellationToken).ConfigureAwait(false);
        visit.Hold(ToolCalls.Describe(outcome, template, visit.Run.ToElement));
        if (outcome.Error is not { } error) return update(state, outcome.Value!);
        if (!Options.ToolFailureAsResult || cancellationToken.IsCancellationRequested) ExceptionDispatchInfo.Throw(error);
        return update(state, new() { Text = error.Message, IsError = true });
    }
}
