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
    private readonly List<WorkflowNode<TState>> _nodes = [];
    private readonly List<NodeHandle> _starts = [];
    private readonly List<WorkflowChain<TState>> _chains = [];
    private readonly List<(NodeHandle From, NodeHandle To)> _edges = [];
    private readonly List<(NodeHandle From, BranchBuilder<TState> Branch)> _branches = [];

    internal WorkflowBuilder(string name) => _name = name;

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
        return Add(new RoleNode<TState>(role, prompt, update, validate, options ?? new()));
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
        return Add(new ToolNode<TState, TArguments>(tool, arguments, update, options ?? new()));
    }

    /// <summary>Adds a node that changes the state.</summary>
    public NodeHandle AddFunction(string name, Func<TState, TState> function, NodeOptions<TState>? options = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        return AddFunction(name, (s, _) => new ValueTask<TState>(function(s)), options);
    }

    /// <summary>Adds a node that changes the state asynchronously.</summary>
    public NodeHandle AddFunction(string name, Func<TState, CancellationToken, ValueTask<TState>> function, NodeOptions<TState>? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(function);
        return Add(new FunctionNode<TState>(name, function, options ?? new()));
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

    internal void AddEdge(NodeHandle from, NodeHandle to) => _edges.Add((from, to));

    internal void AddTail(WorkflowChain<TState> chain) => _chains.Add(chain);

    private NodeHandle Add(WorkflowNode<TState> node)
    {
        _nodes.Add(node);
        return new(this, _nodes.Count - 1, node.Name);
    }
}
