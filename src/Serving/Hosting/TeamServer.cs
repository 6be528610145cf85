using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Serving;

/// <summary>
/// An HTTP server that answers as OpenAI's chat completions do, from models, roles and teams of this process. It reads no configuration but its
/// options. Disposing it stops it; models stay.
/// </summary>
/// <example>
/// <code>
/// await using var server = await TeamServer.StartAsync(new() { Models = { ["coder"] = client }, Port = 8080 });
/// Console.WriteLine($"Listening on {server.Endpoint}");
/// await server.WaitForShutdownAsync();
/// </code>
/// </example>
public sealed class TeamServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TeamServer(WebApplication app, Uri endpoint) => (_app, Endpoint) = (app, endpoint);

    /// <summary>What to give to a client as the base address, for example <c>http://127.0.0.1:8080/v1</c>.</summary>
    public Uri Endpoint { get; }

    /// <summary>Starts a server, which answers when this returns.</summary>
    /// <param name="options">What it serves, and where.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="AgentTeamsException">The options are not valid, or the address cannot be listened on.</exception>
    public static async Task<TeamServer> StartAsync(TeamServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Validate(options);
        var app = Build(options);
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            return new(app, EndpointOf(app, options));
        }
        catch (IOException e)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new AgentTeamsException($"The server cannot listen on {new IPEndPoint(options.Address, options.Port)}: {e.Message} "
                + "Give another Port, or 0 for any.", e);
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits until the process is asked to end, by Ctrl-C or by its operating system, which then no longer ends it by itself.</summary>
    /// <param name="cancellationToken">Ends the wait too.</param>
    public async Task WaitForShutdownAsync(CancellationToken cancellationToken = default)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Asked);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Asked);
        using var cancelled = cancellationToken.UnsafeRegister(_ => asked.TrySetResult(), null);
        await asked.Task.ConfigureAwait(false);

        void Asked(PosixSignalContext context)
        {
            context.Cancel = true;
            asked.TrySetResult();
        }
    }

    /// <summary>Takes no more requests, waits for those under way as long as the options say, cancels the rest and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private static WebApplication Build(TeamServerOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
            kestrel.Listen(options.Address, options.Port);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(options.LoggerFactory ?? NullLoggerFactory.Instance);
        // Ctrl-C is the program's, not the server's.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        var app = builder.Build();
        if (options.IsLocal && options.ApiKey is null) app.Use(LocalHosts.RequireAsync);
        app.UseRouting();
        app.MapAgentTeams(options);
        app.MapFallback(ErrorReply.NotFoundAsync);
        return app;
    }

    private static Uri EndpointOf(WebApplication app, TeamServerOptions options)
    {
        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var host = options.Address.Equals(IPAddress.Any) || options.Address.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : options.Address;
        return new UriBuilder(Uri.UriSchemeHttp, host.ToString(), bound.Port, "/v1").Uri;
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
