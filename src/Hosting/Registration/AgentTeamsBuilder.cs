using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AgentTeams.Hosting;

/// <summary>Registers models, teams and workflows, each under a name: they are keyed services, singletons, built when the application starts.</summary>
public sealed class AgentTeamsBuilder
{
    private readonly HostedRegistry _registry;

    internal AgentTeamsBuilder(IServiceCollection services, HostedRegistry registry) => (Services, _registry) = (services, registry);

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Registers a model. It is the keyed <see cref="IChatClient"/> of that name, so one that was registered as such need not be again.</summary>
    /// <param name="model">The name by which teams and workflows bind it.</param>
    /// <param name="client">Its client, which the application does not dispose.</param>
    public AgentTeamsBuilder AddChatClient(string model, IChatClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        Services.AddKeyedSingleton(Guard.Name(model, "model name"), client);
        return this;
    }

    /// <summary>Registers a model whose client is made when the application starts.</summary>
    /// <param name="model">The name by which teams and workflows bind it.</param>
    /// <param name="create">Makes its client, which is disposed with the application.</param>
    public AgentTeamsBuilder AddChatClient(string model, Func<IServiceProvider, IChatClient> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Services.AddKeyedSingleton(Guard.Name(model, "model name"), (services, _) => create(services));
        return this;
    }

    /// <summary>Registers a team under its name: its model map says which model answers for a role.</summary>
    /// <param name="team">The team.</param>
    public AgentTeamsBuilder AddTeam(Team team)
    {
        ArgumentNullException.ThrowIfNull(team);
        return AddTeam(team.Name, _ => team);
    }

    /// <summary>Registers a team that is made when the application starts.</summary>
    /// <param name="name">The name by which workflows name it.</param>
    /// <param name="create">Makes it.</param>
    /// <exception cref="AgentTeamsException">The name is taken.</exception>
    public AgentTeamsBuilder AddTeam(string name, Func<IServiceProvider, Team> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        _registry.AddTeam(Guard.Name(name, "team name"));
        Services.AddKeyedSingleton(name, (services, _) => create(services));
        return this;
    }

    /// <summary>Registers a workflow with an input and an output, to be resolved as a keyed <see cref="HostedWorkflow{TInput, TOutput}"/>.</summary>
    /// <param name="name">The name by which it is resolved and mapped.</param>
    /// <param name="create">Makes it.</param>
    /// <param name="configure">Says which models answer, and how runs go.</param>
    /// <exception cref="AgentTeamsException">The name is taken.</exception>
    public AgentTeamsBuilder AddWorkflow<TState, TInput, TOutput>(
        string name, Func<IServiceProvider, BoundWorkflow<TState, TInput, TOutput>> create, Action<HostedWorkflowOptions>? configure = null)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(create);
        _registry.AddWorkflow(Guard.Name(name, "workflow name"));
        var options = Services.AddOptions<HostedWorkflowOptions>(name);
        if (configure is not null) options.Configure(configure);
        Services.AddKeyedSingleton<HostedWorkflow<TInput, TOutput>>(name, (services, _) =>
            new HostedWorkflow<TState, TInput, TOutput>(name, create(services), services.GetRequiredService<IOptionsMonitor<HostedWorkflowOptions>>().Get(name), services));
        Services.AddKeyedSingleton<HostedWorkflow>(name, (services, _) => services.GetRequiredKeyedService<HostedWorkflow<TInput, TOutput>>(name));
        return this;
    }

    /// <summary>Registers a workflow whose input and output are its state.</summary>
    /// <param name="name">The name by which it is resolved and mapped.</param>
    /// <param name="create">Makes it.</param>
    /// <param name="configure">Says which models answer, and how runs go.</param>
    /// <exception cref="AgentTeamsException">The name is taken.</exception>
    public AgentTeamsBuilder AddWorkflow<TState>(string name, Func<IServiceProvider, Workflow<TState>> create, Action<HostedWorkflowOptions>? configure = null)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(create);
        return AddWorkflow(name, services => create(services).Bind((TState state) => state, state => state), configure);
    }

    /// <summary>Registers a workflow that is written as code. The roles that it asks are known only when it runs, so nothing checks their models before.</summary>
    /// <param name="name">The name by which it is resolved and mapped.</param>
    /// <param name="create">Makes it.</param>
    /// <param name="configure">Says which models answer, and how runs go.</param>
    /// <exception cref="AgentTeamsException">The name is taken.</exception>
    public AgentTeamsBuilder AddWorkflow<TInput, TOutput>(string name, Func<IServiceProvider, DelegateWorkflow<TInput, TOutput>> create, Action<HostedWorkflowOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        return AddWorkflow(name, services => create(services).Definition.Bind((TInput input) => new DelegateState<TInput, TOutput>(input), state => state.Output!), configure);
    }

    /// <summary>Keeps the runs of all workflows in a store, so that they go on after a crash and wait for people. It is the service <see cref="ICheckpointStore"/>.</summary>
    /// <param name="create">Makes the store.</param>
    public AgentTeamsBuilder AddCheckpoints(Func<IServiceProvider, ICheckpointStore> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Services.Replace(ServiceDescriptor.Singleton(create));
        return this;
    }
}
