using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Client;

namespace AgentTeams.Mcp;

/// <summary>The way to one server: connects, calls, notices when the server is gone and connects again within bounds.</summary>
internal sealed class McpConnection(McpOptions options, Func<IClientTransport> transport, int maxRestarts, McpStdio? process = null) : IAsyncDisposable
{
    private readonly ILogger _log = options.LoggerFactory.CreateLogger("AgentTeams.Mcp");
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _closed = new();
    private readonly McpFailures _failures = new(options, maxRestarts, process);
    private McpToolCatalog? _catalog;
    private McpClient? _client;
    private McpClient? _gone;
    private int _restarts;
    private long _calls;

    public event EventHandler? ToolsChanged;

    public string Name => options.Name;

    public IReadOnlyList<AIFunction> Tools => Volatile.Read(ref _catalog)?.Tools ?? [];

    public IReadOnlyList<SkippedTool> SkippedTools => Volatile.Read(ref _catalog)?.Skipped ?? [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var client = await ClientAsync(null, cancellationToken).ConfigureAwait(false);
        using var limit = Limit(options.StartTimeout, cancellationToken, out var deadline);
        using (deadline)
        {
            try
            {
                await ListAsync(client, limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                throw await _failures.NotStartedAsync(e, deadline.IsCancellationRequested, null).ConfigureAwait(false);
            }
        }
    }

    public async Task<JsonElement> CallAsync(string tool, IReadOnlyDictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        var client = await ClientAsync(tool, cancellationToken).ConfigureAwait(false);
        var call = new McpCall(client, tool, arguments, Interlocked.Increment(ref _calls));
        using var longest = new CancellationTokenSource(options.MaxCallTime ?? Timeout.InfiniteTimeSpan, options.TimeProvider);
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, longest.Token);
        using var limit = Limit(options.CallTimeout, caller.Token, out var deadline);
        using (deadline)
        {
            try
            {
                Action? progressed = options.ProgressExtendsTimeout ? () => deadline.CancelAfter(options.CallTimeout) : null;
                var result = await call.SendAsync(progressed, limit.Token).ConfigureAwait(false);
                Volatile.Write(ref _restarts, 0);
                return result;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                if (_closed.IsCancellationRequested) throw _failures.Closed(tool, e);
                if (longest.IsCancellationRequested) throw _failures.TimedOut(tool, options.MaxCallTime!.Value, nameof(McpOptions.MaxCallTime), e);
                if (deadline.IsCancellationRequested) throw _failures.TimedOut(tool, options.CallTimeout, nameof(McpOptions.CallTimeout), e);
                if (client.Completion.IsCompleted || e is IOException)
                {
                    Volatile.Write(ref _gone, client);
                    throw await _failures.ExitedAsync(tool, e, Volatile.Read(ref _restarts)).ConfigureAwait(false);
                }

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
        if (Volatile.Read(ref _client) is { } open && IsAlive(open) && !_closed.IsCancellationRequested) return open;
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_closed.IsCancellationRequested) throw _failures.Closed(tool, null);
            if (_client is not null && IsAlive(_client)) return _client;
            if (_client is not null)
            {
                if (_restarts >= maxRestarts) throw await _failures.ExitedAsync(tool, null, _restarts).ConfigureAwait(false);
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

    // A client may hear of its server's end a moment after a call did.
    private bool IsAlive(McpClient client) => !client.Completion.IsCompleted && client != Volatile.Read(ref _gone);

    private async Task<McpClient> ConnectAsync(string? tool, CancellationToken cancellationToken)
    {
        using var limit = Limit(options.StartTimeout, cancellationToken, out var deadline);
        using (deadline)
        {
            try
            {
                var client = await McpClient.CreateAsync(transport(), null, options.LoggerFactory, limit.Token).ConfigureAwait(false);
                McpToolChanges.Listen(client, (saysChanged, token) => RefreshAsync(client, saysChanged, token), _closed.Token);
                return client;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                throw await _failures.NotStartedAsync(e, deadline.IsCancellationRequested, tool).ConfigureAwait(false);
            }
        }
    }

    private async Task RefreshAsync(McpClient client, bool saysChanged, CancellationToken cancellationToken)
    {
        var before = Volatile.Read(ref _catalog);
        using var limit = Limit(options.StartTimeout, cancellationToken, out var deadline);
        using (deadline)
        {
            try
            {
                await ListAsync(client, limit.Token).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                if (!_closed.IsCancellationRequested) McpLog.NotRefreshed(_log, Name, e);
                return;
            }
        }

        if (!saysChanged && _catalog is { } after && before?.Functions.SequenceEqual(after.Functions) == true) return;
        McpLog.Changed(_log, Name, Tools.Count);
        ToolsChanged?.Invoke(this, EventArgs.Empty);
    }

    private async Task ListAsync(McpClient client, CancellationToken cancellationToken)
    {
        var listed = await McpToolList.FetchAsync(client, cancellationToken).ConfigureAwait(false);
        foreach (var (tool, reason) in listed.Skipped.Except(SkippedTools)) McpLog.Skipped(_log, Name, tool, reason);
        Volatile.Write(ref _catalog, McpToolCatalog.Create(listed, _catalog, t => new(this, t)));
    }

    private CancellationTokenSource Limit(TimeSpan time, CancellationToken cancellationToken, out CancellationTokenSource deadline)
    {
        deadline = new(time, options.TimeProvider);
        return CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token, _closed.Token);
    }
}
