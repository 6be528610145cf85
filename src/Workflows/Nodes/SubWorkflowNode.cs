using System.Runtime.ExceptionServices;

namespace AgentTeams.Workflows;

/// <summary>Another workflow with a state of its own, run inside of this one.</summary>
internal sealed class SubWorkflowNode<TState, TInput, TOutput>(
    BoundWorkflow<TInput, TOutput> workflow, Func<TState, TInput> input, Func<TState, TOutput, TState> update, NodeOptions<TState> options) : WorkflowNode<TState>(workflow.Name, options)
    where TState : notnull
{
    public override NodeShape Shape => NodeShape.Workflow;

    public override IReadOnlyList<StateWrites> Writes => [StateWrites.Of(update)];

    public override IEnumerable<Role> Roles => workflow.Roles;

    public override bool MayAsk => workflow.MayAsk;

    public override bool IsPassive => true;

    public override async ValueTask<NodeOutcome<TState>> ExecuteAsync(NodeVisit visit, TState state, CancellationToken cancellationToken)
    {
        var run = await RunAsync(visit, state, cancellationToken).ConfigureAwait(false);
        if (visit.Recorded is { IsSettled: true } recorded) visit.Restore(recorded);
        else if (run.Record is { } record) visit.Hold(record);
        if (run.Error is { } error) ExceptionDispatchInfo.Throw(error);
        if (run.Kind != EndKind.Completed) return new(state, null, run.Kind);
        return new(update(state, run.Output!), run.Output);
    }

    public override ValueTask<NodeOutcome<TState>> ReplayAsync(NodeVisit visit, VisitCommit recorded, TState state, CancellationToken cancellationToken) =>
        ExecuteAsync(visit, state, cancellationToken);

    public override async ValueTask<Exception?> ReplayFailureAsync(NodeVisit visit, VisitCommit? recorded, TState state, CancellationToken cancellationToken)
    {
        var run = await RunAsync(visit, state, cancellationToken).ConfigureAwait(false);
        await base.ReplayFailureAsync(visit, recorded, state, cancellationToken).ConfigureAwait(false);
        return run.Error;
    }

    public override TState Apply(TState state, object? result) => update(state, (TOutput)result!);

    private async ValueTask<InsideRun<TOutput>> RunAsync(NodeVisit visit, TState state, CancellationToken cancellationToken)
    {
        var run = await workflow.RunInsideAsync(visit, default, input(state), cancellationToken).ConfigureAwait(false);
        visit.Scope.Join(run.Scope);
        return run;
    }
}

/// <summary>Which of the runs inside of a visit one is.</summary>
/// <param name="Branch">Its number, zero-based.</param>
/// <param name="Key">What tells it apart for people; null for the only one.</param>
/// <param name="IsSkippable">Whether the visit goes on without it if it fails.</param>
internal readonly record struct InsidePlace(int Branch, string? Key, bool IsSkippable = false)
{
    public string IdAt(NodeVisit visit) => Key is null ? visit.Id : $"{visit.Id}[{Key}]";
}

/// <summary>What a workflow inside of another came to.</summary>
/// <param name="Scope">Where it ran.</param>
/// <param name="Kind">How it ended.</param>
/// <param name="Output">Its output, if it completed.</param>
/// <param name="Error">Why it failed, if it did.</param>
/// <param name="Record">The record of the run as one step; null where it did not end by itself.</param>
internal sealed record InsideRun<TOutput>(Scope Scope, EndKind Kind, TOutput? Output, Exception? Error, TrajectoryNode? Record);
