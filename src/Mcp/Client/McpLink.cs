using Microsoft.Extensions.Logging;
using ModelContextProtocol.Client;
using Polly;
using Polly.Retry;

namespace AgentTeams.Mcp;

/// <summary>The way to one server over time: connects, notices when the server is gone and connects again within bounds, with growing delays.</summary>
internal sealed class McpLink : IAsyncDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    private readonly McpOptions _options;
    private readonly McpWay _way;
    private readonly McpFailures _failures;
    private readonly Func<McpClientOptions> _clientOptions;
    private readonly Action<McpClient, bool> _connected;
    private readonly ILogger _log;
    private readonly ResiliencePipeline _reconnect;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _closed = new();
    private McpClient? _client;
    private McpClient? _gone;
    private int _restarts;

    /// <param name="options">The options.</param>
    /// <param name="way">How the server is reached.</param>
    /// <param name="failures">What is said of failures.</param>
    /// <param name="clientOptions">What each connection begins with.</param>
    /// <param name="connected">Is told of each connection, and whether it is one after the first.</param>
    public McpLink(McpOptions options, McpWay way, McpFailures failures, Func<McpClientOptions> clientOptions, Action<McpClient, bool> connected)
    {
        (_options, _way, _failures, _clientOptions, _connected) = (options, way, failures, clientOptions, connected);
        _log = options.LoggerFactory.CreateLogger(McpLog.Category);

        // The jitter is to part processes from each other, so each draws its own.
        var random = new SeedKey(Environment.ProcessId, Task: options.Name).ToRandom();
        _reconnect = new ResiliencePipelineBuilder { TimeProvider = options.TimeProvider }.AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = a => ValueTask.FromResult(a.Outcome.Exception is McpToolException { Failure: not McpFailure.Unauthorized } && _restarts < way.MaxReconnects && !_closed.IsCancellationRequested),
            MaxRetryAttempts = Math.Max(1, way.MaxReconnects),
            Delay = FirstDelay,
            MaxDelay = LongestDelay,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Randomizer = random.NextDouble,
            OnRetry = a =>
            {
                McpLog.Reconnecting(_log, options.Name, _restarts, way.MaxReconnects, a.RetryDelay, a.Outcome.Exception);
                return default;
            },
        }).Build();
    }

    /// <summary>Is cancelled when the link is disposed.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>The connection that is open, or null.</summary>
    public McpClient? Current => Volatile.Read(ref _client) is { } open && IsAlive(open) ? open : null;

    public int Restarts => Volatile.Read(ref _restarts);

    public void Succeeded() => Volatile.Write(ref _restarts, 0);

    // A client may hear of its server's end a moment after a call did.
    public void Lose(McpClient client) => Volatile.Write(ref _gone, client);

    public async ValueTask<McpClient> ClientAsync(string? tool, CancellationToken cancellationToken)
    {
        if (Current is { } open && !_closed.IsCancellationRequested) return open;
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        try
        {
            await _gate.WaitAsync(both.Token).ConfigureAwait(false);
            try
            {
                if (Current is { } opened) return opened;
                var client = _client is null ? await ConnectAsync(tool, both.Token).ConfigureAwait(false) : await ReconnectAsync(_client, tool, both.Token).ConfigureAwait(false);
                Volatile.Write(ref _client, client);
                return client;
            }
            finally
            {
                _gate.Release();
            }
        }
        catch (OperationCanceledException e) when (_closed.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw _failures.Closed(tool, e);
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
            await _way.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    private bool IsAlive(McpClient client) => !client.Completion.IsCompleted && client != Volatile.Read(ref _gone);

    private async Task<McpClient> ReconnectAsync(McpClient old, string? tool, CancellationToken cancellationToken)
    {
        if (_restarts >= _way.MaxReconnects) throw await _failures.ExitedAsync(tool, null, _restarts).ConfigureAwait(false);
        await old.DisposeAsync().ConfigureAwait(false);
        return await _reconnect.ExecuteAsync(
            async token =>
            {
                _restarts++;
                return await ConnectAsync(tool, token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<McpClient> ConnectAsync(string? tool, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_options.StartTimeout, _options.TimeProvider);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var connecting = McpClient.CreateAsync(_way.Open(), _clientOptions(), _options.LoggerFactory, limit.Token);
        try
        {
            var client = await connecting.WaitAsync(limit.Token).ConfigureAwait(false);
            _connected(client, _client is not null);
            return client;
        }
        catch (Exception e)
        {
            // A client that is given up waits for its server to end, which may take its time or never happen.
            if (!connecting.IsCompleted) _way.Abandon();
            _ = DiscardAsync(connecting);
            if (cancellationToken.IsCancellationRequested) throw;
            throw await _failures.NotStartedAsync(e, deadline.IsCancellationRequested, tool).ConfigureAwait(false);
        }
    }

    private static async Task DiscardAsync(Task<McpClient> connecting)
    {
        try
        {
            await (await connecting.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It was told already.
        }
    }
}
