using System.Runtime.ExceptionServices;

namespace AgentTeams.Workflows;

/// <summary>
/// A workflow that is written as code: <c>Workflow.FromDelegate</c> makes it. It is run, recorded, stored and put inside of others as any bound
/// workflow; <see cref="Definition"/> is what runs are read, answered, replayed and forked with.
/// </summary>
/// <typeparam name="TInput">What a run is given.</typeparam>
/// <typeparam name="TOutput">What a run results in.</typeparam>
public sealed class DelegateWorkflow<TInput, TOutput> : BoundWorkflow<TInput, TOutput>
{
    private readonly BoundWorkflow<TInput, TOutput> _bound;

    internal DelegateWorkflow(string name, string description, Func<WorkflowSteps, TInput, CancellationToken, Task<TOutput>> code)
        : base(name, description)
    {
        // Its one node is the code, so that everything that holds for workflows holds for it.
        var builder = Workflow.CreateBuilder<DelegateState<TInput, TOutput>>(name);
        builder.Start(builder.AddNode(new DelegateNode<TInput, TOutput>("code", code)));
        Definition = builder.Build();
        _bound = Definition.Bind((TInput input) => new DelegateState<TInput, TOutput>(input), s => s.Output!, new() { Name = name, Description = description });
    }

    /// <summary>The workflow whose state is the input and, at the end, the output.</summary>
    public Workflow<DelegateState<TInput, TOutput>> Definition { get; }

    /// <inheritdoc/>
    public override Task<TOutput> RunAsync(TInput input, TeamRuntime runtime, WorkflowRunOptions? options = null, CancellationToken cancellationToken = default) =>
        _bound.RunAsync(input, runtime, options, cancellationToken);

    /// <inheritdoc/>
    public override IAsyncEnumerable<WorkflowEvent> StreamAsync(TInput input, TeamRuntime runtime, WorkflowRunOptions? options = null, CancellationToken cancellationToken = default) =>
        _bound.StreamAsync(input, runtime, options, cancellationToken);

    internal override IEnumerable<Role> Roles => _bound.Roles;

    internal override bool MayAsk => _bound.MayAsk;

    internal override ValueTask<InsideRun<TOutput>> RunInsideAsync(NodeVisit at, InsidePlace place, TInput input, CancellationToken cancellationToken) =>
        _bound.RunInsideAsync(at, place, input, cancellationToken);
}

/// <summary>The state of a workflow that is written as code.</summary>
/// <param name="Input">What the run was given.</param>
/// <param name="Output">What it results in, once it has ended.</param>
public sealed record DelegateState<TInput, TOutput>(TInput Input, TOutput? Output = default);

/// <summary>The node that is a whole workflow's code.</summary>
internal sealed class DelegateNode<TInput, TOutput>(string name, Func<WorkflowSteps, TInput, CancellationToken, Task<TOutput>> code)
    : WorkflowNode<DelegateState<TInput, TOutput>>(name, new())
{
    public override NodeShape Shape => NodeShape.Workflow;

    public override bool IsPassive => true;

    // What code asks for is known only when it runs.
    public override bool MayAsk => true;

    public override async ValueTask<NodeOutcome<DelegateState<TInput, TOutput>>> ExecuteAsync(NodeVisit visit, DelegateState<TInput, TOutput> state, CancellationToken cancellationToken)
    {
        var end = await RunAsync(visit, state, cancellationToken).ConfigureAwait(false);
        if (end.Error is { } error) ExceptionDispatchInfo.Throw(error);
        return end.Kind == EndKind.Completed ? new(Apply(state, end.State), end.State) : new(state, null, end.Kind);
    }

    public override ValueTask<NodeOutcome<DelegateState<TInput, TOutput>>> ReplayAsync(
        NodeVisit visit, VisitCommit recorded, DelegateState<TInput, TOutput> state, CancellationToken cancellationToken) => ExecuteAsync(visit, state, cancellationToken);

    public override async ValueTask<Exception?> ReplayFailureAsync(
        NodeVisit visit, VisitCommit? recorded, DelegateState<TInput, TOutput> state, CancellationToken cancellationToken) =>
        (await RunAsync(visit, state, cancellationToken).ConfigureAwait(false)).Error;

    public override DelegateState<TInput, TOutput> Apply(DelegateState<TInput, TOutput> state, object? result) => state with { Output = (TOutput?)result };

    private async ValueTask<ScopeEnd<TOutput?>> RunAsync(NodeVisit visit, DelegateState<TInput, TOutput> state, CancellationToken cancellationToken)
    {
        // The steps stand in the record as the workflow's own.
        var scope = visit.Scope.Code(visit);
        var end = await DelegateScope.RunAsync(scope, (steps, token) => code(steps, state.Input, token), cancellationToken).ConfigureAwait(false);
        visit.Scope.Join(scope);
        visit.Scope.Committed = scope.Committed;
        return end;
    }
}
