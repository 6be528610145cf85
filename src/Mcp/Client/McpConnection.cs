using System.Text.Json;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>One server: its tools as it lists them, and the calls that it answers.</summary>
internal sealed class McpConnection : IAsyncDisposable
{
    private readonly McpOptions _options;
    private readonly ILogger _log;
    private readonly McpFailures _failures;
    private readonly McpCalls _calls = new();
    private readonly McpLink _link;
    private readonly McpSubscriptions _subscriptions;
    private readonly McpWatch? _watch;
    private readonly SemaphoreSlim _listing = new(1, 1);
    private McpToolCatalog? _catalog;

    public McpConnection(McpOptions options, McpWay way)
    {
        _options = options;
        _log = options.LoggerFactory.CreateLogger(McpLog.Category);
        _failures = new(options, way);
        var setup = new McpClientSetup(options, _calls);
        _link = new(options, way, _failures, setup.Create, Connected);
        _subscriptions = new(options, _link.Closed);
        _watch = options.PingInterval is { } interval ? new(this, interval, options.TimeProvider, _link.Closed) : null;
    }

    public event EventHandler? ToolsChanged;

    public event EventHandler<McpRefusal>? Refused;

    public string Name => _options.Name;

    public McpSubscriptions Subscriptions => _subscriptions;

    public IReadOnlyList<McpTool> Tools => Volatile.Read(ref _catalog)?.Tools ?? [];

    public IReadOnlyList<SkippedTool> SkippedTools => Volatile.Read(ref _catalog)?.Skipped ?? [];

    public McpServerInfo Info { get; private set; } = McpServerInfo.Unknown;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_options.StartTimeout, _options.TimeProvider);
        var client = await _link.ClientAsync(null, cancellationToken).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token, _link.Closed);
        try
        {
            await ListAsync(client, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw await _failures.NotStartedAsync(e, deadline.IsCancellationRequested, null).ConfigureAwait(false);
        }

        _watch?.Start();
    }

    public Task<JsonElement> CallAsync(McpTarget target, CancellationToken cancellationToken) =>
        AgainAsync(target.Name, (client, token) => CallAsync(client, target, token), cancellationToken);

    /// <summary>A request that is no call: a list, a subscription.</summary>
    public Task<T> AskAsync<T>(string what, Func<McpClient, CancellationToken, Task<T>> ask, CancellationToken cancellationToken) =>
        AgainAsync(what, (client, token) => AskAsync(client, what, ask, token), cancellationToken);

    /// <summary>Tells whether the server answers; one that does not is connected to anew by the next call.</summary>
    public async Task<bool> PingAsync(CancellationToken cancellationToken)
    {
        if (_link.Current is not { } client) return false;
        try
        {
            // The newest protocol has no ping, and asks what the server is instead.
            var method = McpProtocol.IsNewest(client) ? RequestMethods.ServerDiscover : RequestMethods.Ping;
            await AskAsync(client, method, (c, token) => c.SendRequestAsync(new JsonRpcRequest { Method = method }, token), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (McpToolException e) when (e.Failure == McpFailure.Protocol)
        {
            // It answers, if only that it knows no such request.
            return true;
        }
        catch (Exception e) when (e is McpToolException or McpSessionExpiredException && !_link.Closed.IsCancellationRequested)
        {
            McpLog.NoAnswer(_log, Name, e);
            _link.Lose(client);
            return false;
        }
    }

    public McpRefusedException Refuse(McpRefusal refusal)
    {
        McpLog.Refused(_log, Name, refusal.Tool, refusal.Reason);
        Refused?.Invoke(this, refusal);
        return new(Name, refusal.Tool, refusal.Argument, refusal.Reason);
    }

    public ToolResult Read(JsonElement result, McpToolDefinition tool) => McpResultChecks.Read(result, tool, _options);

    public ToolResult Sized(JsonElement raw, ToolResult result, string name)
    {
        McpResultChecks.CheckSize(raw, result, name, _options);
        return result;
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync().ConfigureAwait(false);
        if (_watch is not null) await _watch.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Asks the server; where a session expired, which it says before it does anything, once more in a new one.</summary>
    private async Task<T> AgainAsync<T>(string what, Func<McpClient, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        var client = await _link.ClientAsync(what, cancellationToken).ConfigureAwait(false);
        try
        {
            return await ask(client, cancellationToken).ConfigureAwait(false);
        }
        catch (McpSessionExpiredException)
        {
            client = await _link.ClientAsync(what, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await ask(client, cancellationToken).ConfigureAwait(false);
        }
        catch (McpSessionExpiredException e)
        {
            throw await _failures.ExitedAsync(what, e.InnerException, _link.Restarts).ConfigureAwait(false);
        }
    }

    private async Task<T> AskAsync<T>(McpClient client, string what, Func<McpClient, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_options.CallTimeout, _options.TimeProvider);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token, _link.Closed);
        try
        {
            return await ask(client, limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw await FailureAsync(client, what, e, deadline.IsCancellationRequested).ConfigureAwait(false);
        }
    }

    private async Task<JsonElement> CallAsync(McpClient client, McpTarget target, CancellationToken cancellationToken)
    {
        using var longest = new CancellationTokenSource(_options.MaxCallTime ?? Timeout.InfiniteTimeSpan, _options.TimeProvider);
        using var deadline = new CancellationTokenSource(_options.CallTimeout, _options.TimeProvider);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, longest.Token, deadline.Token, _link.Closed);
        var call = new McpCall(target, _calls.Next())
        {
            Progressed = said =>
            {
                if (_options.ProgressExtendsTimeout) deadline.CancelAfter(_options.CallTimeout);
                Tell(McpProgress.Of(Name, target.Name, said), target.Context);
            },
        };
        using var open = _calls.Open(call);
        try
        {
            var result = await call.SendAsync(client, limit.Token).ConfigureAwait(false);
            _link.Succeeded();
            _watch?.Touch();
            return result;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            if (longest.IsCancellationRequested) throw _failures.TimedOut(target.Name, _options.MaxCallTime!.Value, nameof(McpOptions.MaxCallTime), e);
            throw await FailureAsync(client, target.Name, e, deadline.IsCancellationRequested).ConfigureAwait(false);
        }
    }

    private async ValueTask<Exception> FailureAsync(McpClient client, string what, Exception cause, bool late)
    {
        if (_link.Closed.IsCancellationRequested) return _failures.Closed(what, cause);
        if (late) return _failures.TimedOut(what, _options.CallTimeout, nameof(McpOptions.CallTimeout), cause);
        if (McpProtocol.IsExpired(client, cause))
        {
            _link.Lose(client);
            return new McpSessionExpiredException(cause);
        }

        var isUnreachable = McpFailures.Http(cause) is not null;
        if (!isUnreachable && !client.Completion.IsCompleted && cause is not IOException) return _failures.Protocol(what, cause);
        // Over HTTP each request stands for itself: the next one may well arrive.
        if (!isUnreachable) _link.Lose(client);
        return await _failures.ExitedAsync(what, cause, _link.Restarts).ConfigureAwait(false);
    }

    private void Tell(McpProgress progress, ToolCallContext? context)
    {
        context?.Report(progress.Message ?? "", progress.Fraction);
        _options.Progress?.Report(progress);
    }

    private void Connected(McpClient client, bool isAgain)
    {
        Info = McpServerInfo.Of(client, _options);
        if (!isAgain) McpLog.Connected(_log, Name, Info.ProtocolVersion, string.Join(", ", Info.UndeclaredCapabilities.DefaultIfEmpty("none")));
        McpToolChanges.Listen(client, (saysChanged, token) => RefreshAsync(client, saysChanged, token), isAgain, _link.Closed);
        if (isAgain) _subscriptions.Resume(client);
    }

    private async Task RefreshAsync(McpClient client, bool saysChanged, CancellationToken cancellationToken)
    {
        var before = Volatile.Read(ref _catalog);
        using var deadline = new CancellationTokenSource(_options.StartTimeout, _options.TimeProvider);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await ListAsync(client, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (!cancellationToken.IsCancellationRequested) McpLog.NotRefreshed(_log, Name, e);
            return;
        }

        if (!saysChanged && (before is null || before.Tools.SequenceEqual(Tools))) return;
        McpLog.Changed(_log, Name, Tools.Count);
        ToolsChanged?.Invoke(this, EventArgs.Empty);
    }

    private async Task ListAsync(McpClient client, CancellationToken cancellationToken)
    {
        // One list after another, so that an older one never takes the place of a newer one.
        using var turn = await McpTurn.TakeAsync(_listing, cancellationToken).ConfigureAwait(false);
        var listed = await McpToolList.FetchAsync(client, cancellationToken).ConfigureAwait(false);
        foreach (var (tool, reason) in listed.Skipped.Except(SkippedTools)) McpLog.Skipped(_log, Name, tool, reason);
        var catalog = McpToolCatalog.Create(listed, _catalog, t => new(this, t));
        foreach (var tool in catalog.Tools.Where(t => t.Definition.Output is { Problem: not null } && _catalog?.Tools.Contains(t) != true))
            McpLog.Unvalidated(_log, Name, tool.ServerTool, tool.Definition.Output!.Problem!);
        Volatile.Write(ref _catalog, catalog);
    }
}
