using System.Runtime.ExceptionServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>
/// The steps of a workflow that is written as code. Each is recorded and journaled as a node of a graph is; when the run is resumed the code runs
/// again from its beginning, and steps that the journal holds give their recorded results at once. So what decides the code's way must come from its
/// input and its steps: the time, random numbers and the outside world belong into <see cref="StepAsync"/>. One step at a time; what runs side by
/// side goes through <see cref="ParallelAsync{T}"/> or <see cref="MapAsync"/>.
/// </summary>
public sealed class WorkflowSteps
{
    private readonly Scope _scope;
    private readonly CancellationToken _cancellationToken;
    private int _isBusy;

    internal WorkflowSteps(Scope scope, CancellationToken cancellationToken) => (_scope, _cancellationToken) = (scope, cancellationToken);

    /// <summary>What stopped the whole run; null while nothing did.</summary>
    internal Exception? Stop { get; private set; }

    /// <summary>Why the code has no result: something in it waits or was cancelled.</summary>
    internal EndKind? Stopped { get; private set; }

    /// <summary>Asks a role.</summary>
    /// <param name="role">The role; its name is the step's unless the options name it.</param>
    /// <param name="prompt">What it is asked: a text, or messages.</param>
    /// <param name="validate">Null when the reply is acceptable, or what is wrong with it; then another answer is asked for.</param>
    /// <param name="options">What to do when things go wrong. There is no error route: code catches.</param>
    /// <exception cref="WorkflowNodeException">The role did not answer.</exception>
    public Task<ChatResponse> AskAsync(Role role, Prompt prompt, Func<ChatResponse, string?>? validate = null, StepOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(prompt);
        Func<StepState, ChatResponse, string?>? check = validate is null ? null : (_, reply) => validate(reply);
        return RunAsync<ChatResponse>(new RoleNode<StepState>(role, _ => prompt, (s, reply) => new(reply), check, StepOptions.ToNode(options)) { Fingerprint = StepFingerprint.Of(prompt) });
    }

    /// <summary>Calls a tool.</summary>
    /// <param name="tool">The tool; its name is the step's unless the options name it.</param>
    /// <param name="arguments">An anonymous type or record whose properties are the arguments, or a dictionary of them.</param>
    /// <param name="options">What to do when things go wrong.</param>
    /// <exception cref="WorkflowNodeException">The tool threw.</exception>
    public Task<ToolResult> CallAsync<TArguments>(AIFunction tool, TArguments arguments, StepOptions? options = null)
        where TArguments : notnull
    {
        ArgumentNullException.ThrowIfNull(tool);
        ArgumentNullException.ThrowIfNull(arguments);
        return RunAsync<ToolResult>(new ToolNode<StepState, TArguments>(tool, _ => arguments, (_, result) => new(result), StepOptions.ToNode(options))
        {
            Fingerprint = StepFingerprint.Of(ArgumentReader<TArguments>.Read(arguments)),
        });
    }

    /// <summary>Works outside of the run; a resumed run does not do it again.</summary>
    /// <typeparam name="T">What it finds, which System.Text.Json can write and read where runs are stored.</typeparam>
    /// <param name="name">The step's name.</param>
    /// <param name="function">The work.</param>
    /// <param name="options">What to do when things go wrong.</param>
    /// <exception cref="WorkflowNodeException">The function threw.</exception>
    public Task<T> StepAsync<T>(string name, Func<CancellationToken, ValueTask<T>> function, StepOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(function);
        return RunAsync<T>(new ValueNode<StepState, T>(name, (_, token) => function(token), (_, value) => new(value), StepOptions.ToNode(options)));
    }

    /// <summary>Asks someone outside of the run, which waits for the answer, in this process or another.</summary>
    /// <typeparam name="TRequest">What is asked.</typeparam>
    /// <typeparam name="TAnswer">The answer.</typeparam>
    /// <param name="name">The step's name.</param>
    /// <param name="request">What is asked.</param>
    public Task<TAnswer> RequestAsync<TRequest, TAnswer>(string name, TRequest request)
    {
        ArgumentNullException.ThrowIfNull(name);
        return RunAsync<TAnswer>(new HumanNode<StepState, TRequest, TAnswer>(name, _ => request, (_, answer) => new(answer), new()) { Fingerprint = StepFingerprint.Of(request) });
    }

    /// <summary>Runs another workflow inside of this one.</summary>
    /// <param name="workflow">The workflow; its name is the step's.</param>
    /// <param name="input">What it is given.</param>
    /// <exception cref="WorkflowNodeException">A node of it failed and nothing handled it.</exception>
    public Task<TOutput> RunAsync<TInput, TOutput>(BoundWorkflow<TInput, TOutput> workflow, TInput input)
    {
        ArgumentNullException.ThrowIfNull(workflow);
        return RunAsync<TOutput>(new SubWorkflowNode<StepState, TInput, TOutput>(workflow, _ => input, (_, output) => new(output), new()) { Fingerprint = StepFingerprint.Of(input) });
    }

    /// <summary>Runs branches side by side. A branch that fails takes the others with it.</summary>
    /// <param name="branches">The branches, each with steps of its own.</param>
    /// <returns>What the branches came to, in their order.</returns>
    public Task<IReadOnlyList<T>> ParallelAsync<T>(params IReadOnlyList<Func<WorkflowSteps, Task<T>>> branches)
    {
        ArgumentNullException.ThrowIfNull(branches);
        return RunAsync<IReadOnlyList<T>>(new BranchesNode<T>("parallel", branches, Math.Max(1, branches.Count)));
    }

    /// <summary>Runs the same code for each item, so many at a time. An item that fails takes the others with it.</summary>
    /// <param name="items">The items.</param>
    /// <param name="each">The code, with steps of its own.</param>
    /// <param name="maxConcurrency">How many items are worked on at the same time; at least 1.</param>
    /// <returns>What came of the items, in their order.</returns>
    public Task<IReadOnlyList<T>> MapAsync<TItem, T>(IReadOnlyList<TItem> items, Func<WorkflowSteps, TItem, Task<T>> each, int maxConcurrency = 16)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(each);
        if (maxConcurrency < 1) throw new AgentTeamsException($"maxConcurrency is {maxConcurrency}; give at least 1.");
        return RunAsync<IReadOnlyList<T>>(new BranchesNode<T>("map", [.. items.Select(item => (Func<WorkflowSteps, Task<T>>)(steps => each(steps, item)))], maxConcurrency));
    }

    private async Task<T> RunAsync<T>(WorkflowNode<StepState> node)
    {
        if (node.Check(node.Name).ToList() is [_, ..] problems) throw new WorkflowDefinitionException(node.Name, problems);
        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
            throw new AgentTeamsException($"The step '{node.Name}' began while another was under way, so their order would depend on timing. Await each step, or run them with ParallelAsync.");
        try
        {
            if (Stop is not null) ExceptionDispatchInfo.Throw(Stop);
            if (Stopped is not null) throw new OperationCanceledException("The run has stopped; its code goes on when the run is resumed.");
            var end = await ScopeRunner.RunAsync(Graph(node), _scope, 0, new StepState(), null, _cancellationToken).ConfigureAwait(false);
            if (end.Kind == EndKind.Completed) return (T)end.State.Value!;
            if (RunStops.Is(end.Error)) Stop = end.Error;
            if (end.Error is { } error) ExceptionDispatchInfo.Throw(error);
            Stopped = end.Kind;
            throw new OperationCanceledException(end.Kind == EndKind.Waiting ? $"The run waits for an answer to '{node.Name}'." : $"The run stopped at '{node.Name}'.", _cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }

    private static WorkflowGraph<StepState> Graph(WorkflowNode<StepState> node) =>
        new(node.Name, [node], 0, [[new(null, Workflow.End, Workflow.End.Name)]], [false], [-1]);
}
