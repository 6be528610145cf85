using System.Collections.Immutable;

namespace AgentTeams.Collaboration;

/// <summary>
/// An agent of five modules (CoELA, Zhang et al. 2024): perception, memory, communication, planning and execution, each a role of its own. It plays any
/// environment: <see cref="Play"/> makes of an environment another, in which the modules act one after another and only execution moves the world.
/// </summary>
/// <example>
/// <code>
/// var modules = new FiveModules();
/// Workflow&lt;EnvironmentRun&lt;int, ModularWorld&lt;Maze&gt;&gt;&gt; episode = modules.ToWorkflow(new MazeEnvironment(), ["robot"], maxTurns: 10);
/// </code>
/// </example>
public sealed record FiveModules
{
    /// <summary>Reads the observation.</summary>
    public Role Perception { get; init; } = new() { Name = nameof(Perception).ToLowerInvariant(), Instructions = "You perceive. Say in short what matters of what is observed." };

    /// <summary>Keeps what is known: its answer is the agent's whole memory until the next turn.</summary>
    public Role Memory { get; init; } = new() { Name = nameof(Memory).ToLowerInvariant(), Instructions = "You remember. Write all that is known so far and still matters, the new included." };

    /// <summary>Speaks to the other agents.</summary>
    public Role Communication { get; init; } = new() { Name = nameof(Communication).ToLowerInvariant(), Instructions = "You communicate. Say what the other agents should know, in short." };

    /// <summary>Plans.</summary>
    public Role Planning { get; init; } = new() { Name = nameof(Planning).ToLowerInvariant(), Instructions = "You plan. Say what to do next." };

    /// <summary>Acts: its answer is the agent's action in the environment.</summary>
    public Role Execution { get; init; } = new() { Name = nameof(Execution).ToLowerInvariant(), Instructions = "You execute. Give the next action of the plan, and nothing else." };

    /// <summary>What a module is asked, from what it may see: a pure function.</summary>
    public Func<ModuleView, Prompt> Ask { get; init; } = ModuleView.ToPrompt;

    /// <summary>The modules, in the order in which they act.</summary>
    public ImmutableArray<Role> Modules => [Perception, Memory, Communication, Planning, Execution];

    /// <summary>The roles of agents: five for each, named after the agent and the module, <c>robot.planning</c>; with one agent after the module alone.</summary>
    /// <param name="agents">The agents' names, those of the environment's roles.</param>
    public ImmutableArray<Role> RolesOf(IReadOnlyList<string> agents)
    {
        ArgumentNullException.ThrowIfNull(agents);
        return [.. agents.SelectMany(agent => Modules.Select(m => agents.Count == 1 ? m : m with { Name = $"{agent}.{m.Name}" }))];
    }

    /// <summary>The environment as its agents' modules play it.</summary>
    /// <param name="environment">The environment that the agents act in, one after another.</param>
    /// <param name="agents">The agents' names, those of the environment's roles.</param>
    public TeamEnvironment<TTask, ModularWorld<TWorld>> Play<TTask, TWorld>(TeamEnvironment<TTask, TWorld> environment, IReadOnlyList<string> agents)
        where TTask : notnull
        where TWorld : notnull
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(agents);
        Guard.Require(agents.Count > 0, $"Nobody acts in the environment '{environment.Name}'. Give at least one agent.");
        return new ModularEnvironment<TTask, TWorld>(environment, this, [.. agents]);
    }

    /// <summary>An episode that the agents' modules play.</summary>
    /// <param name="environment">The environment that the agents act in, one after another.</param>
    /// <param name="agents">The agents' names, those of the environment's roles.</param>
    /// <param name="maxTurns">The most turns, at least 1.</param>
    public Workflow<EnvironmentRun<TTask, ModularWorld<TWorld>>> ToWorkflow<TTask, TWorld>(TeamEnvironment<TTask, TWorld> environment, IReadOnlyList<string> agents, int maxTurns = 10)
        where TTask : notnull
        where TWorld : notnull => Play(environment, agents).ToWorkflow(RolesOf(agents), new() { MaxTurns = maxTurns, Order = ActionOrder.Sequential });
}

/// <summary>A world with what the modules of its agents hold.</summary>
/// <param name="World">The environment's own world.</param>
/// <param name="Minds">The agents' minds, in the order of the agents.</param>
public sealed record ModularWorld<TWorld>(TWorld World, ImmutableArray<AgentMind> Minds)
    where TWorld : notnull;

/// <summary>What one agent's modules have said.</summary>
/// <param name="Agent">The agent.</param>
public sealed record AgentMind(string Agent)
{
    /// <summary>What it perceived in this turn.</summary>
    public string Percept { get; init; } = "";

    /// <summary>What it knows.</summary>
    public string Memory { get; init; } = "";

    /// <summary>What it last told the others.</summary>
    public string Message { get; init; } = "";

    /// <summary>What it plans.</summary>
    public string Plan { get; init; } = "";
}

/// <summary>What a module may see.</summary>
/// <param name="Module">The module: perception, memory, communication, planning or execution.</param>
/// <param name="Observation">What the environment asks the agent; shown to perception and, for the actions that it names, to execution.</param>
/// <param name="Mind">What the agent's modules hold.</param>
/// <param name="Heard">What the other agents told last, a line each.</param>
public sealed record ModuleView(string Module, Prompt Observation, AgentMind Mind, string Heard)
{
    /// <summary>What modules are asked unless they are told otherwise: labelled lines of what came before them in the turn.</summary>
    public static Prompt ToPrompt(ModuleView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        var (mind, heard) = (view.Mind, view.Heard.Length == 0 ? "" : $"\nHeard: {view.Heard}");
        return view.Module switch
        {
            "perception" => view.Observation,
            "memory" => $"Known: {mind.Memory}\nNew: {mind.Percept}{heard}",
            "communication" => $"Known: {mind.Memory}{heard}",
            "planning" => $"Known: {mind.Memory}\nSeen: {mind.Percept}{heard}",
            _ => Prompt.From([.. view.Observation.Messages, new(Microsoft.Extensions.AI.ChatRole.User, $"Known: {mind.Memory}\nPlan: {mind.Plan}")]),
        };
    }
}

/// <summary>Agents' modules in a world: all but execution change minds, execution the world.</summary>
internal sealed class ModularEnvironment<TTask, TWorld>(TeamEnvironment<TTask, TWorld> inner, FiveModules modules, ImmutableArray<string> agents)
    : TeamEnvironment<TTask, ModularWorld<TWorld>>(inner.Name)
    where TTask : notnull
    where TWorld : notnull
{
    private readonly ImmutableArray<string> _roles = [.. modules.RolesOf(agents).Select(r => r.Name)];
    private readonly ImmutableArray<string> _modules = ["perception", "memory", "communication", "planning", "execution"];

    public override ModularWorld<TWorld> Reset(TTask task, Random random) => new(inner.Reset(task, random), [.. agents.Select(a => new AgentMind(a))]);

    public override Prompt Observe(ModularWorld<TWorld> world, string role)
    {
        var (agent, module) = Find(role);
        var heard = string.Join('\n', world.Minds.Where((m, i) => i != agent && m.Message.Length > 0).Select(m => $"[{m.Agent}] {m.Message}"));
        return modules.Ask(new(module, inner.Observe(world.World, agents[agent]), world.Minds[agent], heard));
    }

    public override ModularWorld<TWorld> Step(ModularWorld<TWorld> world, IReadOnlyDictionary<string, string> actions)
    {
        var (role, said) = actions.Single();
        var (agent, module) = Find(role);
        var mind = world.Minds[agent];
        return module == "execution" ? world with { World = inner.Step(world.World, new Dictionary<string, string> { [agents[agent]] = said }) }
            : world with { Minds = world.Minds.SetItem(agent, module switch
            {
                "perception" => mind with { Percept = said },
                "memory" => mind with { Memory = said },
                "communication" => mind with { Message = said },
                _ => mind with { Plan = said },
            }) };
    }

    public override bool IsDone(ModularWorld<TWorld> world) => inner.IsDone(world.World);

    public override double Score(ModularWorld<TWorld> world) => inner.Score(world.World);

    // Only execution can have earned anything; the other modules' steps leave the world as it was.
    public override double? Reward(ModularWorld<TWorld> before, ModularWorld<TWorld> after) => ReferenceEquals(before.World, after.World) ? null : inner.Reward(before.World, after.World);

    private (int Agent, string Module) Find(string role)
    {
        var at = _roles.IndexOf(role, 0, _roles.Length, StringComparer.Ordinal);
        Guard.Require(at >= 0, $"The role '{role}' is no module of the agents {string.Join(", ", agents)}. Play with the roles of FiveModules.RolesOf.");
        return (at / _modules.Length, _modules[at % _modules.Length]);
    }
}
