using System.Runtime.ExceptionServices;
using System.Text.Json;

namespace AgentTeams.Workflows;

/// <summary>A pure function of the state: it is its own update, and has no result.</summary>
internal sealed class FunctionNode<TState>(string name, Func<TState, TState> function, NodeOptions<TState> options) : WorkflowNode<TState>(name, options)
    where TState : notnull
{
    public override NodeShape Shape => NodeShape.Function;

    public override IReadOnlyList<StateWrites> Writes => [StateWrites.Of(function)];

    public override ValueTask<NodeOutcome<TState>> ExecuteAsync(NodeVisit visit, TState state, CancellationToken cancellationToken) =>
        Calls.IsPlain ? new(Call(visit, state)) : CallAsync(visit, state, cancellationToken);

    public override TState Apply(TState state, object? result) => function(state);

    // Nothing waits, so nothing but the function is worth its cost.
    private NodeOutcome<TState> Call(NodeVisit visit, TState state)
    {
        var clock = visit.Run.TimeProvider;
        var (start, began) = (clock.GetUtcNow(), clock.GetTimestamp());
        NodeError? error = null;
        try
        {
            return new(function(state), null);
        }
        catch (Exception e)
        {
            error = NodeError.Of(e);
            throw;
        }
        finally
        {
            visit.Hold(visit.Template(NodeKind.Function, start, clock.GetElapsedTime(began), error));
        }
    }

    private async ValueTask<NodeOutcome<TState>> CallAsync(NodeVisit visit, TState state, CancellationToken cancellationToken)
    {
        var outcome = await Calls.RunAsync(visit, _ => Task.FromResult(function(state)), cancellationToken).ConfigureAwait(false);
        visit.Hold(outcome.Describe(visit.Template(NodeKind.Function) with { Id = visit.Id }));
        if (outcome.Error is { } error) ExceptionDispatchInfo.Throw(error);
        return new(outcome.Value!, null);
    }
}

/// <summary>A function that works outside of the run: its value is recorded, its update is pure.</summary>
internal sealed class ValueNode<TState, TValue>(
    string name, Func<TState, CancellationToken, ValueTask<TValue>> function, Func<TState, TValue, TState> update, NodeOptions<TState> options) : WorkflowNode<TState>(name, options)
    where TState : notnull
{
    public override NodeShape Shape => NodeShape.Function;

    public override IReadOnlyList<StateWrites> Writes => [StateWrites.Of(update)];

    public override async ValueTask<NodeOutcome<TState>> ExecuteAsync(NodeVisit visit, TState state, CancellationToken cancellationToken)
    {
        var outcome = await Calls.RunAsync(visit, t => function(state, t).AsTask(), cancellationToken).ConfigureAwait(false);
        var node = outcome.Describe(visit.Template(NodeKind.Function) with { Id = visit.Id });
        visit.Hold(outcome.Error is null ? node with { Result = visit.Run.ToElement(outcome.Value) } : node);
        if (outcome.Error is { } error) ExceptionDispatchInfo.Throw(error);
        return new(update(state, outcome.Value!), outcome.Value);
    }

    public override TState Apply(TState state, object? result) => update(state, (TValue)result!);

    public override JsonElement? Write(object? result, IReadOnlyList<TrajectoryNode> records) => JournalJson.Write((TValue)result!, Name);

    public override object? Read(VisitCommit recorded) => recorded.Result is JsonElement json ? JournalJson.Read<TValue>(json, Name) : default(TValue);
}
