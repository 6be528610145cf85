using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>Collects nodes and edges; <see cref="Build"/> checks them and returns an immutable workflow. Not thread-safe.</summary>
/// <typeparam name="TState">An immutable record that System.Text.Json can write and read.</typeparam>
/// <example>
/// <code>
/// WorkflowBuilder&lt;MathState&gt; wf = Workflow.CreateBuilder&lt;MathState&gt;("plan-code");
/// NodeHandle plan = wf.AddRole(planner, s => s.Question, (s, reply) => s with { Plan = reply.Text });
/// NodeHandle code = wf.AddRole(coder, s => $"{s.Question}: {s.Plan}", (s, reply) => s with { Operator = reply.Text });
/// wf.Start(plan).Then(code);
/// Workflow&lt;MathState&gt; workflow = wf.Build();
/// </code>
/// </example>
public sealed class WorkflowBuilder<TState>
    where TState : notnull
{
    private readonly string _name;
    private readonly NodeDefaults _defaults;
    private readonly List<WorkflowNode<TState>> _nodes = [];
    private readonly List<NodeHandle> _starts = [];
    private readonly List<WorkflowChain<TState>> _chains = [];
    private readonly List<(NodeHandle From, NodeHandle To)> _edges = [];
    private readonly List<(NodeHandle From, BranchBuilder<TState> Branch)> _branches = [];

    internal WorkflowBuilder(string name, NodeDefaults defaults) => (_name, _defaults) = (name, defaults);

    /// <summary>Adds a node in which a role answers a prompt.</summary>
    /// <param name="role">The role; its name is the node's unless the options name it.</param>
    /// <param name="prompt">What the role is asked in the current state: a text, or messages.</param>
    /// <param name="update">The state after the role's final reply.</param>
    /// <param name="validate">Null when the reply is acceptable, or what is wrong with it; then another answer is asked for.</param>
    /// <param name="options">What to do when things go wrong.</param>
    public NodeHandle AddRole(Role role, Func<TState, Prompt> prompt, Func<TState, ChatResponse, TState> update,
        Func<TState, ChatResponse, string?>? validate = null, NodeOptions<TState>? options = null)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(update);
        return Add(new RoleNode<TState>(role, prompt, update, validate, Options(options)));
    }

    /// <summary>Adds a node in which a role is asked from what it may see of the state, and from nothing else.</summary>
    /// <typeparam name="TView">What the role may see.</typeparam>
    /// <param name="role">The role; its name is the node's unless the options name it.</param>
    /// <param name="view">The role's own observation of the current state.</param>
    /// <param name="prompt">What the role is asked, from its observation alone.</param>
    /// <param name="update">The state after the role's final reply.</param>
    /// <param name="validate">Null when the reply is acceptable, or what is wrong with it; then another answer is asked for.</param>
    /// <param name="options">What to do when things go wrong.</param>
    public NodeHandle AddRole<TView>(Role role, Func<TState, TView> view, Func<TView, Prompt> prompt, Func<TState, ChatResponse, TState> update,
        Func<TState, ChatResponse, string?>? validate = null, NodeOptions<TState>? options = null)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(prompt);
        return AddRole(role, s => prompt(view(s)), update, validate, options);
    }

    /// <summary>Adds a node that calls a tool.</summary>
    /// <typeparam name="TArguments">An anonymous type or record whose properties are the tool's arguments, or a dictionary of them.</typeparam>
    /// <param name="tool">The tool; its name is the node's unless the options name it.</param>
    /// <param name="arguments">The arguments for the current state.</param>
    /// <param name="update">The state after the tool's result; an error the tool reported is a result too.</param>
    /// <param name="options">What to do when things go wrong.</param>
    public NodeHandle AddTool<TArguments>(AIFunction tool, Func<TState, TArguments> arguments, Func<TState, ToolResult, TState> update,
        NodeOptions<TState>? options = null)
        where TArguments : notnull
    {
        ArgumentNullException.ThrowIfNull(tool);
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(update);
        return Add(new ToolNode<TState, TArguments>(tool, arguments, update, Options(options)));
    }

    /// <summary>
    /// Adds a node that changes the state. The function is pure: it may be applied again, to another state at a join and in a resumed run, so what works
    /// outside of the run belongs into the other overload.
    /// </summary>
    /// <param name="name">The node's name.</param>
    /// <param name="function">The new state.</param>
    /// <param name="options">What to do when things go wrong.</param>
    public NodeHandle AddFunction(string name, Func<TState, TState> function, NodeOptions<TState>? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(function);
        return Add(new FunctionNode<TState>(name, function, Options(options)));
    }

    /// <summary>Adds a node that works outside of the run, for example reads a file; a resumed run does not do it again.</summary>
    /// <typeparam name="TValue">What it finds, which System.Text.Json can write and read where runs are stored.</typeparam>
    /// <param name="name">The node's name.</param>
    /// <param name="function">The work.</param>
    /// <param name="update">The state after it; a pure function, as every update.</param>
    /// <param name="options">What to do when things go wrong.</param>
    public NodeHandle AddFunction<TValue>(
        string name, Func<TState, CancellationToken, ValueTask<TValue>> function, Func<TState, TValue, TState> update, NodeOptions<TState>? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(update);
        return Add(new ValueNode<TState, TValue>(name, function, update, Options(options)));
    }

    /// <summary>
    /// Adds branches that run side by side, each from the state that the node was given. At the join their updates are applied one after another in the
    /// order in which the branches were declared, so that the result never depends on which was faster.
    /// </summary>
    /// <param name="name">The node's name.</param>
    /// <param name="configure">Names the branches and the join.</param>
    /// <param name="options">What to do when things go wrong; a branch that fails takes the others with it unless the join can do without.</param>
    public NodeHandle AddParallel(string name, Action<ParallelBuilder<TState>> configure, NodeOptions<TState>? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(configure);
        var definition = new ParallelBuilder<TState>();
        configure(definition);
        return Add(new ParallelNode<TState>(name, definition, Options(options)));
    }

    /// <summary>Adds nodes that are gone through again and again until the state is good.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="start">The first node of a round, which goes on from there until it reaches <see cref="Workflow.End"/>. It belongs to this loop alone.</param>
    /// <param name="until">Whether the state after a round is good.</param>
    /// <param name="loop">How many rounds there may be; every value has a default.</param>
    /// <param name="options">What to do when things go wrong.</param>
    public NodeHandle AddLoop(string name, NodeHandle start, Func<TState, bool> until, LoopOptions? loop = null, NodeOptions<TState>? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(until);
        return Add(new LoopNode<TState>(name, start, until, loop ?? new(), Options(options)));
    }

    /// <summary>Adds another workflow, which runs inside of this one with a state of its own, to any depth.</summary>
    /// <typeparam name="TInput">What it is given.</typeparam>
    /// <typeparam name="TOutput">What it results in.</typeparam>
    /// <param name="workflow">The workflow with its input and output; its name is the node's unless the options name it.</param>
    /// <param name="input">What it is given in the current state.</param>
    /// <param name="update">The state after it.</param>
    /// <param name="options">What to do when things go wrong.</param>
    public NodeHandle AddWorkflow<TInput, TOutput>(
        BoundWorkflow<TInput, TOutput> workflow, Func<TState, TInput> input, Func<TState, TOutput, TState> update, NodeOptions<TState>? options = null)
    {
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(update);
        return Add(new SubWorkflowNode<TState, TInput, TOutput>(workflow, input, update, Options(options)));
    }

    /// <summary>Adds a workflow that runs once for each item of a list that only the run knows.</summary>
    /// <typeparam name="TItem">An item.</typeparam>
    /// <typeparam name="TResult">What the workflow makes of it.</typeparam>
    /// <param name="name">The node's name.</param>
    /// <param name="items">The items in the current state; a function of the state alone.</param>
    /// <param name="each">The workflow.</param>
    /// <param name="update">The state after it, from the results in the order of the items.</param>
    /// <param name="map">How many run at a time; every value has a default.</param>
    /// <param name="options">What to do when things go wrong.</param>
    public NodeHandle AddMap<TItem, TResult>(string name, Func<TState, IReadOnlyList<TItem>> items, BoundWorkflow<TItem, TResult> each,
        Func<TState, IReadOnlyList<TResult>, TState> update, MapOptions<TItem>? map = null, NodeOptions<TState>? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(each);
        ArgumentNullException.ThrowIfNull(update);
        return Add(new MapNode<TState, TItem, TResult>(name, items, each, update, map ?? new(), Options(options)));
    }

    /// <summary>
    /// Adds a question to someone outside of the run. The run ends as waiting, holds no thread, and goes on when the request is answered, in this process
    /// or another; or <see cref="WorkflowRunOptions.Responder"/> answers at once.
    /// </summary>
    /// <typeparam name="TRequest">What is asked.</typeparam>
    /// <typeparam name="TAnswer">The answer.</typeparam>
    /// <param name="name">The node's name.</param>
    /// <param name="request">What is asked in the current state.</param>
    /// <param name="update">The state after the answer.</param>
    /// <param name="options">What to do when things go wrong.</param>
    public NodeHandle AddHuman<TRequest, TAnswer>(string name, Func<TState, TRequest> request, Func<TState, TAnswer, TState> update, NodeOptions<TState>? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(update);
        return Add(new HumanNode<TState, TRequest, TAnswer>(name, request, update, Options(options)));
    }

    /// <summary>Declares where runs start, and begins a chain there.</summary>
    public WorkflowChain<TState> Start(NodeHandle node)
    {
        ArgumentNullException.ThrowIfNull(node);
        _starts.Add(node);
        return new(this, node);
    }

    /// <summary>Begins a chain at a node that a branch, an error route or another chain leads to.</summary>
    public WorkflowChain<TState> From(NodeHandle node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return new(this, node);
    }

    /// <summary>Declares the ways on from a node.</summary>
    public WorkflowBuilder<TState> Branch(NodeHandle node, Action<BranchBuilder<TState>> configure)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(configure);
        var branch = new BranchBuilder<TState>();
        configure(branch);
        _branches.Add((node, branch));
        return this;
    }

    /// <summary>Checks everything that can be checked before a run and returns the workflow.</summary>
    /// <exception cref="WorkflowDefinitionException">Lists every problem with its node and fix.</exception>
    public Workflow<TState> Build()
    {
        var draft = new WorkflowDraft<TState>(_name, this, _nodes, _starts, [.. _chains.Select(c => c.Last)], _edges, _branches);
        var problems = DefinitionChecks.Run(draft);
        if (problems.Count > 0) throw new WorkflowDefinitionException(_name, problems);
        return new(draft.ToGraph());
    }

    internal NodeHandle AddNode(WorkflowNode<TState> node) => Add(node);

    internal void AddEdge(NodeHandle from, NodeHandle to) => _edges.Add((from, to));

    internal void AddTail(WorkflowChain<TState> chain) => _chains.Add(chain);

    private NodeOptions<TState> Options(NodeOptions<TState>? options) => (options ?? new()).Over(_defaults);

    private NodeHandle Add(WorkflowNode<TState> node)
    {
        _nodes.Add(node);
        return new(this, _nodes.Count - 1, node.Name);
    }
}
