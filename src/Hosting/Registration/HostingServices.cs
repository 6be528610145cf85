using Microsoft.Extensions.DependencyInjection;

namespace AgentTeams.Hosting;

/// <summary>Teams and workflows as services of an application.</summary>
public static class HostingServices
{
    /// <summary>
    /// Begins to register models, teams and workflows. When the application starts, everything is built and checked, and one error tells all that is wrong.
    /// Called again, it goes on with what was registered.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <example>
    /// <code>
    /// builder.Services.AddAgentTeams()
    ///     .AddChatClient("small", client)
    ///     .AddWorkflow("article", _ => Articles.Create(), o => o.Model = "small");
    /// </code>
    /// </example>
    public static AgentTeamsBuilder AddAgentTeams(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        var registry = services.Select(s => s.IsKeyedService ? null : s.ImplementationInstance).OfType<HostedRegistry>().FirstOrDefault();
        if (registry is not null) return new(services, registry);
        registry = new();
        services.AddSingleton(registry);
        services.AddOptions();
        services.AddHostedService<StartChecks>();
        return new(services, registry);
    }
}
