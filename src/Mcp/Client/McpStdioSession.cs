using System.Threading.Channels;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>The streams of a child process. Its exit code is waited for before they are given up, which would lose it.</summary>
internal sealed class McpStdioSession(ITransport inner, TimeSpan endTimeout) : ITransport
{
    private bool _isBroken;

    public string? SessionId => inner.SessionId;

    public ChannelReader<JsonRpcMessage> MessageReader => inner.MessageReader;

    public async Task SendMessageAsync(JsonRpcMessage message, CancellationToken cancellationToken = default)
    {
        try
        {
            await inner.SendMessageAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            _isBroken = true;
            throw;
        }
    }

    /// <summary>The exit code, or null where the child left none or goes on running.</summary>
    public async Task<int?> EndAsync()
    {
        try
        {
            // A child that has closed its streams may take a moment to be gone.
            await inner.MessageReader.Completion.WaitAsync(endTimeout).ConfigureAwait(false);
            return null;
        }
        catch (ClientTransportClosedException e)
        {
            return (e.Details as StdioClientCompletionDetails)?.ExitCode;
        }
        catch (Exception e) when (e is TimeoutException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_isBroken) await EndAsync().ConfigureAwait(false);
        await inner.DisposeAsync().ConfigureAwait(false);
    }
}
