using System.Threading.Channels;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>The streams of a child process, which ends with them.</summary>
internal sealed class McpStdioSession(ITransport inner, McpProcess process, LineLimitStream output, TimeSpan grace) : ITransport
{
    // A process that nobody can kill may hold the stream that is being read.
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    public McpProcess Process => process;

    public LineLimitStream Output => output;

    public string? SessionId => inner.SessionId;

    public ChannelReader<JsonRpcMessage> MessageReader => inner.MessageReader;

    public Task SendMessageAsync(JsonRpcMessage message, CancellationToken cancellationToken = default) => inner.SendMessageAsync(message, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await process.StopAsync(grace).ConfigureAwait(false);
        try
        {
            await inner.DisposeAsync().AsTask().WaitAsync(CloseTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Its reader ends with the process that holds the stream.
        }

        process.Dispose();
    }
}
