using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams;

/// <summary>The way to one server: connects, calls, notices when the server is gone and connects again within bounds.</summary>
internal sealed class McpConnection(McpOptions options, Func<IClientTransport> transport, int maxRestarts) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _closed = new();
    private McpClient? _client;
    private int _restarts;

    public string Name => options.Name;

    public async Task<IList<McpClientTool>> StartAsync(CancellationToken cancellationToken)
    {
        var client = await ClientAsync(null, cancellationToken).ConfigureAwait(false);
        using var limit = Limit(options.StartTimeout, cancellationToken, out var deadline);
        using (deadline)
        {
            try
            {
                return await client.ListToolsAsync(cancellationToken: limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                throw NotStarted(e, deadline.IsCancellationRequested, null);
            }
        }
    }

    public async Task<CallToolResult> CallAsync(string tool, IReadOnlyDictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        var client = await ClientAsync(tool, cancellationToken).ConfigureAwait(false);
        using var limit = Limit(options.CallTimeout, cancellationToken, out var deadline);
        using (deadline)
        {
            try
            {
                var call = client.CallToolAsync(tool, arguments, cancellationToken: limit.Token).AsTask();
                if (await Task.WhenAny(call, client.Completion).ConfigureAwait(false) != call && !call.IsCompleted)
                {
                    await limit.CancelAsync().ConfigureAwait(false);
                    throw Exited(tool, null);
                }

                var result = await call.ConfigureAwait(false);
                Volatile.Write(ref _restarts, 0);
                return result;
            }
            catch (Exception e) when (e is not McpToolException && !cancellationToken.IsCancellationRequested)
            {
                if (_closed.IsCancellationRequested) throw Closed(tool, e);
                if (deadline.IsCancellationRequested) throw new McpToolException(Name, tool, McpFailure.TimedOut, $"it timed out after {options.CallTimeout}. Raise McpOptions.CallTimeout, or mend the tool.", e);
                if (client.Completion.IsCompleted || e is IOException or ClientTransportClosedException) throw Exited(tool, e);
                throw new McpToolException(Name, tool, McpFailure.Protocol, $"{e.Message} Check the arguments against the tool's schema.", e);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync().ConfigureAwait(false);
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_client is not null) await _client.DisposeAsync().ConfigureAwait(false);
            _client = null;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask<McpClient> ClientAsync(string? tool, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _client) is { Completion.IsCompleted: false } alive && !_closed.IsCancellationRequested) return alive;
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_closed.IsCancellationRequested) throw Closed(tool, null);
            if (_client is { Completion.IsCompleted: false }) return _client;
            if (_client is not null)
            {
                if (_restarts >= maxRestarts) throw Exited(tool, null);
                _restarts++;
                await _client.DisposeAsync().ConfigureAwait(false);
            }

            var client = await ConnectAsync(tool, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _client, client);
            return client;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<McpClient> ConnectAsync(string? tool, CancellationToken cancellationToken)
    {
        using var limit = Limit(options.StartTimeout, cancellationToken, out var deadline);
        using (deadline)
        {
            try
            {
                return await McpClient.CreateAsync(transport(), null, options.LoggerFactory, limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                throw NotStarted(e, deadline.IsCancellationRequested, tool);
            }
        }
    }

    private CancellationTokenSource Limit(TimeSpan time, CancellationToken cancellationToken, out CancellationTokenSource deadline)
    {
        deadline = new(time, options.TimeProvider);
        return CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token, _closed.Token);
    }

    private McpToolException NotStarted(Exception cause, bool late, string? tool) => late
        ? new(Name, tool, McpFailure.TimedOut, $"did not start within {options.StartTimeout}. Raise McpOptions.StartTimeout, or check the command.", cause)
        : new(Name, tool, McpFailure.NotStarted, $"did not start: {cause.Message} Check the command and its arguments.", cause);

    private McpToolException Exited(string? tool, Exception? cause) =>
        new(Name, tool, McpFailure.ServerExited, Volatile.Read(ref _restarts) < maxRestarts
            ? "the server exited. The next call starts it again."
            : $"the server exited, and is not started again after {maxRestarts} restart(s) in a row. Mend the server, or raise McpStdioOptions.MaxRestarts.", cause);

    private McpToolException Closed(string? tool, Exception? cause) =>
        new(Name, tool, McpFailure.ServerExited, "the connection was disposed. Keep the McpToolServer while its tools are in use.", cause);
}
