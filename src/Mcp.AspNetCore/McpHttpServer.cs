using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace AgentTeams.Mcp;

/// <summary>A team server that listens; disposing it ends that.</summary>
public sealed class McpHttpServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    internal McpHttpServer(WebApplication app, McpHttpServerOptions options)
    {
        _app = app;
        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var host = options.Address.Equals(IPAddress.Any) || options.Address.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : options.Address;
        Endpoint = new UriBuilder(Uri.UriSchemeHttp, host.ToString(), bound.Port, options.Path).Uri;
    }

    /// <summary>What to give to a client, for example <c>http://127.0.0.1:3001/mcp</c>.</summary>
    public Uri Endpoint { get; }

    /// <summary>Takes no more requests, cancels runs under way and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }
}
