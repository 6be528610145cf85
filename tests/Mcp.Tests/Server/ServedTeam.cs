using System.IO.Pipelines;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Tests;

/// <summary>A team server in this process with a client of the MCP SDK at the other end of two pipes.</summary>
internal sealed class ServedTeam : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;

    private ServedTeam(McpClient client, Task run, CancellationTokenSource stop) => (Client, _run, _stop) = (client, run, stop);

    public McpClient Client { get; }

    public static async Task<ServedTeam> StartAsync(McpTeamServer server, McpClientOptions? options = null)
    {
        var (toServer, toClient, stop) = (new Pipe(), new Pipe(), new CancellationTokenSource());
        var run = server.RunAsync(toServer.Reader.AsStream(), toClient.Writer.AsStream(), stop.Token);
        return new(await McpClient.CreateAsync(new StreamClientTransport(toServer.Writer.AsStream(), toClient.Reader.AsStream()), options), run, stop);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _stop.CancelAsync();
        await _run.ContinueWith(_ => { }, TaskScheduler.Default);
        _stop.Dispose();
    }
}
