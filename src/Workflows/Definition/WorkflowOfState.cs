using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace AgentTeams;

/// <summary>A checked, immutable definition; any number of runs may use it at once.</summary>
/// <typeparam name="TState">The state that the nodes hand on.</typeparam>
/// <example>
/// <code>
/// var result = await workflow.RunAsync(new MathState("What is twice 21?"), TeamRuntime.ForAll(chatClient));
/// Console.WriteLine(result.State.Value);
/// </code>
/// </example>
public sealed class Workflow<TState>
    where TState : notnull
{
    private readonly WorkflowGraph<TState> _graph;

    internal Workflow(WorkflowGraph<TState> graph) => _graph = graph;

    /// <summary>The workflow's name.</summary>
    public string Name => _graph.Name;

    /// <summary>The definition as a Mermaid flowchart.</summary>
    /// <param name="progress">How far each node got in a run, by name, as <see cref="WorkflowProgress"/> tells it; null, the default, for a drawing without.</param>
    public string ToMermaid(IReadOnlyDictionary<string, NodeProgress>? progress = null) => Mermaid.Draw(_graph, progress);

    /// <summary>The definition as a graph in the DOT language.</summary>
    /// <param name="progress">How far each node got in a run, by name, as <see cref="WorkflowProgress"/> tells it; null, the default, for a drawing without.</param>
    public string ToDot(IReadOnlyDictionary<string, NodeProgress>? progress = null) => Dot.Draw(_graph, progress);

    /// <summary>The roles that it asks, each once, those of workflows inside included. What a workflow of code asks is not known before it runs.</summary>
    public IReadOnlyList<Role> Roles => field ??= [.. _graph.Nodes.SelectMany(n => n.Roles).Distinct()];

    internal WorkflowGraph<TState> Graph => _graph;

    /// <summary>Runs to the end, or until it waits for an answer from outside.</summary>
    /// <param name="initial">The state that the first node gets.</param>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">The run's key, limits, clock and store; every value has a default.</param>
    /// <param name="cancellationToken">Cancels the run, the calls that are under way included.</param>
    /// <exception cref="WorkflowNodeException">A node failed and nothing handled it.</exception>
    /// <exception cref="WorkflowStepLimitException">The run visited <see cref="WorkflowRunOptions.MaxSteps"/> nodes without reaching its end.</exception>
    /// <exception cref="WorkflowBudgetException">The run used up its <see cref="WorkflowRunOptions.Budget"/>.</exception>
    /// <exception cref="AgentTeamsException">An option is out of range, or a stored run of the same id cannot go on from its journal.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<WorkflowResult<TState>> RunAsync(TState initial, TeamRuntime runtime, WorkflowRunOptions? options = null, CancellationToken cancellationToken = default) =>
        RunToResultAsync(NewRun(runtime, ref options), Begin(initial, options), cancellationToken);

    /// <summary>Goes on with a run: one that waits and was answered, one that was stopped, or a fork.</summary>
    /// <param name="run">What was done before; nothing of it is done again.</param>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">Limits, clock and store; the key is the run's own.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    /// <exception cref="AgentTeamsException">As <see cref="RunAsync(TState, TeamRuntime, WorkflowRunOptions?, CancellationToken)"/>.</exception>
    public Task<WorkflowResult<TState>> ResumeAsync(RunState<TState> run, TeamRuntime runtime, WorkflowRunOptions? options = null, CancellationToken cancellationToken = default) =>
        RunToResultAsync(NewRun(runtime, ref options), Continue(run, options), cancellationToken);

    /// <summary>Goes on with a run of a store, in whatever state it is there.</summary>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">The store and the run's id there; limits and clock.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    /// <exception cref="AgentTeamsException">As <see cref="RunAsync(TState, TeamRuntime, WorkflowRunOptions?, CancellationToken)"/>, or the store holds no such run.</exception>
    public async Task<WorkflowResult<TState>> ResumeAsync(TeamRuntime runtime, WorkflowRunOptions options, CancellationToken cancellationToken = default)
    {
        var (run, stored) = await ReadStoredAsync(runtime, options, cancellationToken).ConfigureAwait(false);
        return await RunToResultAsync(run, stored, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs and reports what happens as it happens. A node starts only when the events so far were read.</summary>
    /// <param name="initial">The state that the first node gets.</param>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">The run's key, limits, clock and store; every value has a default.</param>
    /// <param name="cancellationToken">Cancels the run; its last event then is <see cref="WorkflowCancelled"/>.</param>
    /// <returns>
    /// Events that end with <see cref="WorkflowCompleted{TState}"/>, <see cref="WorkflowWaiting"/>, <see cref="WorkflowFailed"/> or
    /// <see cref="WorkflowCancelled"/>; reading them throws nothing. What runs side by side is told as it happens; <see cref="WorkflowEvent.Path"/> orders it.
    /// </returns>
    /// <exception cref="AgentTeamsException">An option is out of range.</exception>
    public IAsyncEnumerable<WorkflowEvent> StreamAsync(TState initial, TeamRuntime runtime, WorkflowRunOptions? options = null, CancellationToken cancellationToken = default) =>
        NewRun(runtime, ref options).ReadAsync(Begin(initial, options), cancellationToken);

    /// <summary>Goes on with a run and reports what happens; what was done before is told again as <see cref="WorkflowEvent.IsReplayed"/>.</summary>
    /// <param name="run">What was done before; nothing of it is done again.</param>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">Limits, clock and store; the key is the run's own.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    public IAsyncEnumerable<WorkflowEvent> StreamResumedAsync(RunState<TState> run, TeamRuntime runtime, WorkflowRunOptions? options = null, CancellationToken cancellationToken = default) =>
        NewRun(runtime, ref options).ReadAsync(Continue(run, options), cancellationToken);

    /// <summary>Goes on with a run of a store, in whatever state it is there, and reports what happens; what was done before is told again.</summary>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">The store and the run's id there; limits and clock.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    /// <exception cref="AgentTeamsException">An option is out of range, or the store holds no such run; thrown by the first reading.</exception>
    public async IAsyncEnumerable<WorkflowEvent> StreamResumedAsync(TeamRuntime runtime, WorkflowRunOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var (run, stored) = await ReadStoredAsync(runtime, options, cancellationToken).ConfigureAwait(false);
        await foreach (var e in run.ReadAsync(stored, cancellationToken).ConfigureAwait(false)) yield return e;
    }

    internal WorkflowRun<TState> NewRun(TeamRuntime runtime, [NotNull] ref WorkflowRunOptions? options, bool isContinued = false)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        options ??= new();
        OptionChecks.Validate(options);
        return new(_graph, runtime, options) { IsContinued = isContinued };
    }

    internal RunState<TState> Begin(TState initial, WorkflowRunOptions options)
    {
        ArgumentNullException.ThrowIfNull(initial);
        return new(Name, options.Seed, initial, []) { IsNew = true };
    }

    internal RunState<TState> Continue(RunState<TState> run, WorkflowRunOptions options)
    {
        ArgumentNullException.ThrowIfNull(run);
        RunStore.EnsureOf(Name, run.WorkflowName, "run");
        if (options.Seed != new SeedKey(0) && options.Seed != run.Seed) throw new AgentTeamsException($"The run has the key {run.Seed}, not {options.Seed}. Leave WorkflowRunOptions.Seed out.");
        return run;
    }

    private async Task<(WorkflowRun<TState> Run, RunState<TState> Stored)> ReadStoredAsync(TeamRuntime runtime, WorkflowRunOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var run = NewRun(runtime, ref options!, isContinued: true);
        if (options.Checkpoints is null) throw new AgentTeamsException("WorkflowRunOptions.Checkpoints is null; give the store that holds the run.");
        return (run, await RunStore.ReadAsync<TState>(options.Checkpoints, options.RunId!, Name, cancellationToken).ConfigureAwait(false));
    }

    private static async Task<WorkflowResult<TState>> RunToResultAsync(WorkflowRun<TState> run, RunState<TState> from, CancellationToken cancellationToken)
    {
        var sink = new CollectingSink();
        var end = await run.RunAsync(from, sink, cancellationToken).ConfigureAwait(false);
        if (end.End.Kind == EndKind.Cancelled) throw new OperationCanceledException(cancellationToken);
        if (end.End.Error is { } error) ExceptionDispatchInfo.Throw(error);
        return new(end.End.State, sink.Nodes(), end.Context!.Steps) { Requests = end.Requests, Run = end.Run };
    }
}
