using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>A workflow as its callers see it: an input and an output instead of its state. Any number of runs may use it at once.</summary>
/// <typeparam name="TInput">What a run is given.</typeparam>
/// <typeparam name="TOutput">What a run results in.</typeparam>
/// <example>
/// <code>
/// var solve = workflow.Bind((string question) => new MathState(question), s => s.Value);
/// string value = await solve.RunAsync("What is twice 21?", TeamRuntime.ForAll(chatClient));
/// </code>
/// </example>
public abstract class BoundWorkflow<TInput, TOutput>
{
    private protected BoundWorkflow(string name, string description) => (Name, Description) = (name, description);

    /// <summary>The workflow's name, unless the binding named it.</summary>
    public string Name { get; }

    /// <summary>What it does, for people and for models that may call it.</summary>
    public string Description { get; }

    /// <summary>Runs to the end.</summary>
    /// <param name="input">What the run is given.</param>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">The run's key, limits and clock; every value has a default.</param>
    /// <param name="cancellationToken">Cancels the run, the call that is under way included.</param>
    /// <exception cref="WorkflowNodeException">A node failed and nothing handled it.</exception>
    /// <exception cref="WorkflowStepLimitException">The run committed too many nodes without reaching its end.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="WorkflowWaitingException">The run waits for an answer from outside, which <see cref="WorkflowRunOptions.Responder"/> did not give.</exception>
    public abstract Task<TOutput> RunAsync(TInput input, TeamRuntime runtime, WorkflowRunOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Runs and reports what happens as it happens.</summary>
    /// <param name="input">What the run is given.</param>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">The run's key, limits and clock; every value has a default.</param>
    /// <param name="cancellationToken">Cancels the run; its last event then is <see cref="WorkflowCancelled"/>.</param>
    /// <returns>The events of the run; one that reaches its end closes with the output as <see cref="WorkflowCompleted{TState}"/>.</returns>
    public abstract IAsyncEnumerable<WorkflowEvent> StreamAsync(TInput input, TeamRuntime runtime, WorkflowRunOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>A tool that runs the workflow, so that a role, an agent or a chat client can ask the whole team.</summary>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">The key, limits and clock of each run.</param>
    public AIFunction AsAIFunction(TeamRuntime runtime, WorkflowRunOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        options ??= new();
        OptionChecks.Validate(options);
        return AIFunctionFactory.Create((TInput input, CancellationToken cancellationToken) => RunAsync(input, runtime, options, cancellationToken),
            ToolName(Name), Description);
    }

    /// <summary>The roles that it asks, as far as its definition names them.</summary>
    internal abstract IEnumerable<Role> Roles { get; }

    /// <summary>Whether a run may wait for an answer from outside; code may always.</summary>
    internal abstract bool MayAsk { get; }

    /// <summary>Runs inside of another workflow's visit. Failures are in what is returned.</summary>
    /// <param name="at">The visit.</param>
    /// <param name="place">Which of the visit's runs it is.</param>
    /// <param name="input">What it is given.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal abstract ValueTask<InsideRun<TOutput>> RunInsideAsync(NodeVisit at, InsidePlace place, TInput input, CancellationToken cancellationToken);

    // Models accept no other characters in the name of a tool.
    private static string ToolName(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_'));
}

/// <summary>A bound workflow with the definition behind it, by which its runs are drawn, read, answered, replayed and forked.</summary>
/// <typeparam name="TState">The state of the definition.</typeparam>
/// <typeparam name="TInput">What a run is given.</typeparam>
/// <typeparam name="TOutput">What a run results in.</typeparam>
public sealed class BoundWorkflow<TState, TInput, TOutput> : BoundWorkflow<TInput, TOutput>
    where TState : notnull
{
    private readonly Func<TInput, TState> _input;
    private readonly Func<TState, TOutput> _output;

    internal BoundWorkflow(Workflow<TState> workflow, Func<TInput, TState> input, Func<TState, TOutput> output, BindingOptions options)
        : base(options.Name ?? workflow.Name, options.Description ?? options.Name ?? workflow.Name) => (Definition, _input, _output) = (workflow, input, output);

    /// <summary>The workflow that is bound.</summary>
    public Workflow<TState> Definition { get; }

    /// <inheritdoc/>
    public override IAsyncEnumerable<WorkflowEvent> StreamAsync(TInput input, TeamRuntime runtime, WorkflowRunOptions? options = null, CancellationToken cancellationToken = default) =>
        ReadAsync(Definition.StreamAsync(_input(input), runtime, options, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public override async Task<TOutput> RunAsync(TInput input, TeamRuntime runtime, WorkflowRunOptions? options = null, CancellationToken cancellationToken = default)
    {
        var result = await Definition.RunAsync(_input(input), runtime, options, cancellationToken).ConfigureAwait(false);
        if (!result.IsCompleted) throw new WorkflowWaitingException(Name, result.Requests);
        try
        {
            return _output(result.State);
        }
        catch (Exception e)
        {
            throw OutputFailed(e);
        }
    }

    /// <summary>Goes on with a run of a store and reports what happens, as <see cref="Workflow{TState}.StreamResumedAsync(TeamRuntime, WorkflowRunOptions, CancellationToken)"/>; closes with the output.</summary>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">The store and the run's id there; limits and clock.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    public IAsyncEnumerable<WorkflowEvent> StreamResumedAsync(TeamRuntime runtime, WorkflowRunOptions options, CancellationToken cancellationToken = default) =>
        ReadAsync(Definition.StreamResumedAsync(runtime, options, cancellationToken), cancellationToken);

    internal override IEnumerable<Role> Roles => Definition.Roles;

    internal override bool MayAsk => Definition.Graph.Nodes.Any(n => n.MayAsk);

    internal override async ValueTask<InsideRun<TOutput>> RunInsideAsync(NodeVisit at, InsidePlace place, TInput given, CancellationToken cancellationToken)
    {
        var graph = Definition.Graph;
        var scope = at.Scope.Inside(at, place, graph, graph.Nodes.Length);
        var clock = at.Run.TimeProvider;
        var (start, began) = (clock.GetUtcNow(), clock.GetTimestamp());
        var (kind, error, result) = (EndKind.Failed, (Exception?)null, default(TOutput));
        using var observed = at.Run.IsObserved && at.Recorded is not { IsSettled: true } ? new RunObservation(Name, clock, at.Run.TellsMessages) : null;
        observed?.Identify(at.Run.Id, null);
        try
        {
            var end = await ScopeRunner.RunAsync(graph, scope, graph.Start, _input(given), null, cancellationToken).ConfigureAwait(false);
            (kind, error) = (end.Kind, end.Error);
            if (kind == EndKind.Completed) result = _output(end.State);
        }
        catch (Exception e)
        {
            (kind, error) = (EndKind.Failed, e);
        }

        observed?.End(kind, error);

        if (kind is EndKind.Waiting or EndKind.Cancelled) return new(scope, kind, default, null, null);
        return new(scope, kind, result, error, at.Template(NodeKind.SubWorkflow, start, clock.GetElapsedTime(began), error is null ? null : NodeError.Of(error)) with
        {
            Id = place.IdAt(at),
            Parents = scope.Committed,
            Turn = scope.Turn,
            Step = scope.Step++,
            Arguments = at.Run.ToElement(given),
            Result = error is null ? at.Run.ToElement(result) : null,
        });
    }

    private async IAsyncEnumerable<WorkflowEvent> ReadAsync(IAsyncEnumerable<WorkflowEvent> events, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var e in events.WithCancellation(cancellationToken).ConfigureAwait(false))
            yield return e is WorkflowCompleted<TState> completed ? Complete(completed) : e;
    }

    private WorkflowEvent Complete(WorkflowCompleted<TState> completed)
    {
        try
        {
            return new WorkflowCompleted<TOutput>(_output(completed.State)) { Step = completed.Step };
        }
        catch (Exception e)
        {
            return new WorkflowFailed(OutputFailed(e)) { Step = completed.Step };
        }
    }

    private AgentTeamsException OutputFailed(Exception e) => new($"The workflow '{Name}' completed, but the output of its binding failed: {e.Message} Mend the delegate.", e);
}
