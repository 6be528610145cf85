using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.AspNetCore;

namespace AgentTeams.Mcp;

/// <summary>Teams as MCP servers of an ASP.NET Core application.</summary>
public static class McpTeamServerEndpoints
{
    /// <summary>
    /// Registers a team server for <see cref="MapTeamMcpServer"/>. Clients of protocol 2026-07-28 are served without sessions; those of earlier ones get a session, so that people
    /// can be asked through them too.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="server">What is served.</param>
    /// <param name="configure">Changes the transport: sessions, time-outs.</param>
    public static IServiceCollection AddTeamMcpServer(this IServiceCollection services, McpTeamServer server, Action<HttpServerTransportOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(server);
        services.AddMcpServer().WithHttpTransport(o =>
        {
            o.SessionMode = HttpServerSessionMode.StatefulForInitializeClients;
            o.ConfigureSessionOptions = (_, options, _) =>
            {
                server.Configure(options);
                return Task.CompletedTask;
            };
            configure?.Invoke(o);
        });
        return services;
    }

    /// <summary>
    /// Maps the registered team server. Authentication, allowed hosts and origins, and limits are the application's here; <see cref="McpTeamServerHttp"/> sets them up.
    /// </summary>
    /// <param name="endpoints">The application, or a group of it.</param>
    /// <param name="pattern">The path.</param>
    /// <returns>The routes, for conventions such as <c>RequireAuthorization</c>.</returns>
    /// <example>
    /// <code>
    /// builder.Services.AddTeamMcpServer(server);
    /// app.MapTeamMcpServer("/mcp").RequireAuthorization();
    /// </code>
    /// </example>
    public static IEndpointConventionBuilder MapTeamMcpServer(this IEndpointRouteBuilder endpoints, string pattern = "/mcp")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return endpoints.MapMcp(pattern);
    }
}
