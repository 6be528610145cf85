using System.Globalization;

namespace AgentTeams.Workflows;

/// <summary>Environments as workflows.</summary>
public static class EnvironmentWorkflow
{
    /// <summary>
    /// A workflow that plays an episode: it resets the world, lets the roles act turn by turn on what each of them observes, until the episode is over or
    /// its turns are used up, and scores the world. Every step is a node of kind <see cref="NodeKind.Environment"/> in the record.
    /// </summary>
    /// <param name="environment">The environment.</param>
    /// <param name="roles">The roles that act in it; at least one.</param>
    /// <param name="options">How it is played; every value has a default.</param>
    /// <exception cref="WorkflowDefinitionException">The world cannot be written as JSON, or a role is not valid.</exception>
    public static Workflow<EnvironmentRun<TTask, TWorld>> ToWorkflow<TTask, TWorld>(
        this TeamEnvironment<TTask, TWorld> environment, IReadOnlyList<Role> roles, EnvironmentOptions? options = null)
        where TTask : notnull
        where TWorld : notnull
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(roles);
        if (roles.Count == 0) throw new AgentTeamsException($"Nobody acts in the environment '{environment.Name}'. Give at least one role.");
        options ??= new();
        OptionChecks.Validate(options);
        var wf = Workflow.CreateBuilder<EnvironmentRun<TTask, TWorld>>(environment.Name);
        var turn = options.Order == ActionOrder.Sequential || roles.Count == 1 ? OneByOne(wf, environment, roles) : AtOnce(wf, environment, roles);
        var play = wf.AddLoop("play", turn, s => environment.IsDone(s.World!), new() { MaxRounds = options.MaxTurns });
        wf.Start(wf.AddNode(new ResetNode<TTask, TWorld>(environment))).Then(play).Then(wf.AddFunction("score", s => s with { Score = environment.Score(s.World!) }));
        return wf.Build();
    }

    /// <summary>The environment with its roles as one node of a larger workflow, or a tool: a task in, the score out.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="roles">The roles that act in it; at least one.</param>
    /// <param name="options">How it is played; every value has a default.</param>
    public static BoundWorkflow<TTask, double> Bind<TTask, TWorld>(this TeamEnvironment<TTask, TWorld> environment, IReadOnlyList<Role> roles, EnvironmentOptions? options = null)
        where TTask : notnull
        where TWorld : notnull => environment.ToWorkflow(roles, options).Bind((TTask task) => new EnvironmentRun<TTask, TWorld>(task), s => s.Score!.Value);

    private static NodeHandle OneByOne<TTask, TWorld>(WorkflowBuilder<EnvironmentRun<TTask, TWorld>> wf, TeamEnvironment<TTask, TWorld> environment, IReadOnlyList<Role> roles)
        where TTask : notnull
        where TWorld : notnull
    {
        NodeHandle? first = null, last = null;
        foreach (var role in roles)
        {
            var actor = Actor(wf, environment, role);
            var step = wf.AddNode(new StepNode<TTask, TWorld>(roles.Count == 1 ? "step" : string.Create(CultureInfo.InvariantCulture, $"step {role.Name}"), environment));
            if (last is not null) wf.From(last).Then(actor);
            wf.From(actor).Then(step);
            (first, last) = (first ?? actor, step);
        }

        return first!;
    }

    private static NodeHandle AtOnce<TTask, TWorld>(WorkflowBuilder<EnvironmentRun<TTask, TWorld>> wf, TeamEnvironment<TTask, TWorld> environment, IReadOnlyList<Role> roles)
        where TTask : notnull
        where TWorld : notnull
    {
        if (WorldTool.Of<TWorld>().Count > 0)
            throw new AgentTeamsException($"The world of the environment '{environment.Name}' has actions as tools, which change it one after another. Set EnvironmentOptions.Order to Sequential.");
        var act = wf.AddParallel("act", p =>
        {
            foreach (var role in roles) p.Branch(Actor(wf, environment, role));
        });
        wf.From(act).Then(wf.AddNode(new StepNode<TTask, TWorld>("step", environment)));
        return act;
    }

    private static NodeHandle Actor<TTask, TWorld>(WorkflowBuilder<EnvironmentRun<TTask, TWorld>> wf, TeamEnvironment<TTask, TWorld> environment, Role role)
        where TTask : notnull
        where TWorld : notnull =>
        wf.AddNode(new ActorNode<EnvironmentRun<TTask, TWorld>, TWorld>(role, s => s.World!, (s, world) => s with { World = world }, s => environment.Observe(s.World!, role.Name),
            (s, reply) => s.With(role.Name, reply.Text), new()));
}
