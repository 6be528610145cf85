using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Serving;

/// <summary>Serves models, roles and teams from an application with a host of its own.</summary>
public static class AgentTeamsEndpoints
{
    /// <summary>
    /// Maps <c>/v1/models</c>, <c>/v1/chat/completions</c> and <c>/health</c>, below the group's prefix where <paramref name="endpoints"/> is a group.
    /// Addresses, certificates and further authorisation are the application's.
    /// </summary>
    /// <param name="endpoints">The application, or a group of it.</param>
    /// <param name="options">What is served.</param>
    /// <returns>The routes, for conventions such as <c>RequireAuthorization</c>.</returns>
    /// <exception cref="AgentTeamsException">The options are not valid.</exception>
    /// <example>
    /// <code>
    /// app.MapGroup("/ai").MapAgentTeams(new() { Models = { ["coder"] = client } });
    /// </code>
    /// </example>
    public static RouteGroupBuilder MapAgentTeams(this IEndpointRouteBuilder endpoints, ServingOptions options)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Validate(options);
        var log = (options.LoggerFactory ?? endpoints.ServiceProvider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance)
            .CreateLogger("AgentTeams.Serving");
        var door = new Door(options, log);
        var models = new ModelsEndpoint(options);
        var chat = new ChatEndpoint(options, log);
        var group = endpoints.MapGroup("");
        group.MapGet("/health", ModelsEndpoint.HealthAsync);
        group.MapGet("/v1/models", context => door.EnterAsync(context, models.ListAsync));
        group.MapGet("/v1/models/{**id}", context => door.EnterAsync(context, models.ShowAsync));
        group.MapPost("/v1/chat/completions", context => door.EnterAsync(context, chat.AnswerAsync, isCounted: true));
        return group;
    }
}
