using System.Net;
using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgentTeams.Mcp;

/// <summary>A team server that listens by itself, over streamable HTTP.</summary>
public static class McpTeamServerHttp
{
    /// <summary>Starts to listen; the server answers when this returns.</summary>
    /// <param name="server">What is served.</param>
    /// <param name="options">Where, and to whom; every value has a default.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="AgentTeamsException">The options are not valid, or the address cannot be listened on.</exception>
    public static async Task<McpHttpServer> StartHttpAsync(this McpTeamServer server, McpHttpServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        options ??= new();
        OptionChecks.Validate(options);
        var app = Build(server, options);
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            return new(app, options);
        }
        catch (Exception e)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            if (e is IOException) throw new AgentTeamsException($"The server cannot listen on {new IPEndPoint(options.Address, options.Port)}: {e.Message} Give another Port, or 0 for any.", e);
            throw;
        }
    }

    /// <summary>Listens until the token is cancelled.</summary>
    /// <param name="server">What is served.</param>
    /// <param name="options">Where, and to whom; every value has a default.</param>
    /// <param name="listening">Is told where it answers, when it does.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="AgentTeamsException">The options are not valid, or the address cannot be listened on.</exception>
    public static async Task RunHttpAsync(this McpTeamServer server, McpHttpServerOptions? options = null, Action<Uri>? listening = null, CancellationToken cancellationToken = default)
    {
        var started = await server.StartHttpAsync(options, cancellationToken).ConfigureAwait(false);
        listening?.Invoke(started.Endpoint);
        await using (started.ConfigureAwait(false)) await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static WebApplication Build(McpTeamServer server, McpHttpServerOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
            kestrel.Listen(options.Address, options.Port);
        });
        var services = builder.Services;
        services.AddSingleton(server.LoggerFactory);
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.AddRoutingCore();
        services.AddHostFiltering(o => (o.AllowedHosts, o.AllowEmptyHosts, o.IncludeFailureMessage) = ([.. options.AllowedHosts], false, false));
        services.AddRateLimiter(o => Limit(o, options));
#pragma warning disable MCP9006 // Sessions are only those of clients that need them, and those must end.
        services.AddTeamMcpServer(server, o => (o.MaxIdleSessionCount, o.IdleTimeout) = (options.MaxIdleSessions, options.SessionTimeout));
#pragma warning restore MCP9006
        if (options.NeedsAuthentication) AddAuthentication(services, options);
        var app = builder.Build();
        app.UseHostFiltering();
        app.Use(new McpOrigins(options.AllowedOrigins).CheckAsync);
        app.UseRouting();
        if (options.NeedsAuthentication) app.UseAuthentication();
        app.UseRateLimiter();
        if (options.NeedsAuthentication) app.UseAuthorization();
        var routes = app.MapTeamMcpServer(options.Path);
        if (options.NeedsAuthentication) routes.RequireAuthorization();
        return app;
    }

    private static void AddAuthentication(IServiceCollection services, McpHttpServerOptions options)
    {
        var authentication = services.AddAuthentication(options.ApiKeys.Count > 0 ? ApiKeyHandler.SchemeName : JwtBearerDefaults.AuthenticationScheme);
        List<string> schemes = [];
        if (options.ApiKeys.Count > 0)
        {
            authentication.AddScheme<ApiKeyHandler.Settings, ApiKeyHandler>(ApiKeyHandler.SchemeName, s => s.Take(options.ApiKeys));
            schemes.Add(ApiKeyHandler.SchemeName);
        }

        if (options.Jwt is { } jwt)
        {
            authentication.AddJwtBearer(jwt);
            schemes.Add(JwtBearerDefaults.AuthenticationScheme);
        }

        services.AddAuthorization(o => o.DefaultPolicy = new Microsoft.AspNetCore.Authorization.AuthorizationPolicyBuilder([.. schemes]).RequireAuthenticatedUser().Build());
    }

    private static void Limit(RateLimiterOptions limiter, McpHttpServerOptions options)
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.OnRejected = static (context, _) =>
        {
            context.HttpContext.Response.Headers.RetryAfter = "60";
            return default;
        };
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetFixedWindowLimiter(
            context.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? context.Connection.RemoteIpAddress?.ToString() ?? "",
            _ => new() { PermitLimit = options.RequestsPerMinute, Window = TimeSpan.FromMinutes(1) }));
    }

    // Ctrl-C is the program's.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
