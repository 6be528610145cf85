using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Hosting;

/// <summary>Workflows as endpoints of an ASP.NET Core application.</summary>
public static class WorkflowEndpoints
{
    /// <summary>
    /// Maps a registered workflow: <c>POST pattern</c> runs it on the JSON of its input, <c>GET pattern/{runId}</c> joins a run, and
    /// <c>POST pattern/{runId}/requests/{requestId}</c> answers a request. Each answers in JSON when the run has ended or waits, or at once with server-sent
    /// events where the request accepts <c>text/event-stream</c>. Whoever knows a run's id can join it.
    /// </summary>
    /// <param name="endpoints">The application, or a group of it.</param>
    /// <param name="pattern">The address, without parameters.</param>
    /// <param name="workflow">The name under which the workflow is registered.</param>
    /// <param name="options">How it answers; every value has a default.</param>
    /// <returns>The routes, for conventions such as <c>RequireAuthorization</c>.</returns>
    /// <exception cref="AgentTeamsException">No workflow has that name, or runs shall go on alone and no store keeps them.</exception>
    /// <example>
    /// <code>
    /// app.MapWorkflow("/article", "article").RequireAuthorization();
    /// </code>
    /// </example>
    public static RouteGroupBuilder MapWorkflow(this IEndpointRouteBuilder endpoints, string pattern, string workflow, WorkflowEndpointOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(workflow);
        options ??= new();
        var services = endpoints.ServiceProvider;
        if (services.GetService<IServiceProviderIsKeyedService>()?.IsKeyedService(typeof(HostedWorkflow), workflow) == false)
            throw new AgentTeamsException($"No workflow '{workflow}' is registered. Register it with AddAgentTeams().AddWorkflow before it is mapped.");
        if (options.OnDisconnect == DisconnectBehavior.GoOn && services.GetService<ICheckpointStore>() is null)
            throw new AgentTeamsException($"Runs of '{workflow}' shall go on when their clients leave, and no store keeps them for later. Register one with AddCheckpoints.");
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger("AgentTeams.Hosting");

        // Made at the first request: what is wrong with the workflow is told when the application starts, with all else that is wrong.
        var endpoint = new Lazy<WorkflowEndpoint>(() => new(
            services.GetRequiredKeyedService<HostedWorkflow>(workflow), options, log, services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping));
        var group = endpoints.MapGroup(pattern);
        group.MapPost("", context => endpoint.Value.StartAsync(context)).WithDisplayName($"{workflow} (run)");
        group.MapGet("/{runId}", context => endpoint.Value.JoinAsync(context)).WithDisplayName($"{workflow} (join)");
        group.MapPost("/{runId}/requests/{**requestId}", context => endpoint.Value.AnswerAsync(context)).WithDisplayName($"{workflow} (answer)");
        return group;
    }
}
