using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentTeams.Mcp;

/// <summary>Tells clients of changes of a shared context: those of older revisions by subscription, those of the newest on the stream of a request that stays open.</summary>
internal sealed class ContextSubscriptions(ServedContext served, ILoggerFactory? loggers)
{
    private readonly ConcurrentDictionary<(object Session, string Uri), CancellationTokenSource> _watches = [];

    public void AddTo(McpServerOptions server)
    {
        server.Capabilities ??= new();
        server.Capabilities.Resources ??= new();
        server.Capabilities.Resources.Subscribe = true;
        var (subscribe, unsubscribe) = (server.Handlers.SubscribeToResourcesHandler, server.Handlers.UnsubscribeFromResourcesHandler);
        server.Handlers.SubscribeToResourcesHandler = async (request, token) =>
        {
            var uri = request.Params?.Uri ?? "";
            if (await served.ChangesAsync(uri, request.User, token).ConfigureAwait(false) is { } changes) Watch(request.Server, uri, changes, LogOf(request.Services));
            else if (subscribe is not null) return await subscribe(request, token).ConfigureAwait(false);
            return new();
        };
        server.Handlers.UnsubscribeFromResourcesHandler = async (request, token) =>
        {
            if (_watches.TryRemove((ServedRuns.SessionOf(request.Server), request.Params?.Uri ?? ""), out var stop)) await stop.CancelAsync().ConfigureAwait(false);
            else if (unsubscribe is not null) return await unsubscribe(request, token).ConfigureAwait(false);
            return new();
        };
        server.Handlers.SubscriptionsListenHandler = ListenAsync;
    }

    private ILogger LogOf(IServiceProvider? services) =>
        (loggers ?? services?.GetService(typeof(ILoggerFactory)) as ILoggerFactory ?? NullLoggerFactory.Instance).CreateLogger("AgentTeams.Mcp.Server");

    private void Watch(McpServer server, string uri, Func<CancellationToken, IAsyncEnumerable<ContextEntry>> changes, ILogger log)
    {
        var key = (ServedRuns.SessionOf(server), uri);
        var stop = new CancellationTokenSource();
        if (!_watches.TryAdd(key, stop)) return;
        _ = Task.Run(async () =>
        {
            try
            {
                await foreach (var _ in changes(stop.Token).ConfigureAwait(false))
                    if (!await TellAsync(server, uri, stop.Token).ConfigureAwait(false)) break;
            }
            catch (Exception e)
            {
                if (!stop.IsCancellationRequested) McpServerLog.NotFollowed(log, uri, e);
            }
            finally
            {
                // Not one that took its place meanwhile.
                _watches.TryRemove(KeyValuePair.Create(key, stop));
            }
        });
    }

    private static async Task<bool> TellAsync(McpServer server, string uri, CancellationToken stop)
    {
        try
        {
            await server.SendNotificationAsync(NotificationMethods.ResourceUpdatedNotification, new ResourceUpdatedNotificationParams { Uri = uri }, cancellationToken: stop).ConfigureAwait(false);
            return true;
        }
        catch (Exception)
        {
            // The connection ended.
            return false;
        }
    }

    // The handler takes the place of the SDK's, so it tells of changed lists too.
    private async ValueTask<EmptyResult> ListenAsync(RequestContext<SubscriptionsListenRequestParams> request, CancellationToken cancellationToken)
    {
        var (asked, server, id) = (request.Params?.Notifications ?? new(), request.Server, request.JsonRpcRequest.Id);
        var (options, log) = (server.ServerOptions, LogOf(request.Services));
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watched = new List<(string Uri, Func<CancellationToken, IAsyncEnumerable<ContextEntry>> Changes)>();
        foreach (var uri in asked.ResourceSubscriptions ?? [])
        {
            if (await served.ChangesAsync(uri, request.User, cancellationToken).ConfigureAwait(false) is { } changes) watched.Add((uri, changes));
        }

        var granted = new SubscriptionsListenNotifications
        {
            ToolsListChanged = asked.ToolsListChanged == true && options.ToolCollection is not null ? true : null,
            PromptsListChanged = asked.PromptsListChanged == true && options.PromptCollection is not null ? true : null,
            ResourceSubscriptions = watched.Count == 0 ? null : [.. watched.Select(w => w.Uri)],
        };
        await SendAsync(NotificationMethods.SubscriptionsAcknowledgedNotification, new() { ["notifications"] = JsonSerializer.SerializeToNode(granted, McpJsonUtilities.DefaultOptions) }).ConfigureAwait(false);
        void ToolsChanged(object? sender, EventArgs e) => _ = SendAsync(NotificationMethods.ToolListChangedNotification, []);
        void PromptsChanged(object? sender, EventArgs e) => _ = SendAsync(NotificationMethods.PromptListChangedNotification, []);
        if (granted.ToolsListChanged == true) options.ToolCollection!.Changed += ToolsChanged;
        if (granted.PromptsListChanged == true) options.PromptCollection!.Changed += PromptsChanged;
        try
        {
            await (await Task.WhenAny([Task.Delay(Timeout.InfiniteTimeSpan, ends.Token), .. watched.Select(w => TellAsync(w.Uri, w.Changes))]).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The client wants no more.
        }
        finally
        {
            await ends.CancelAsync().ConfigureAwait(false);
            if (granted.ToolsListChanged == true) options.ToolCollection!.Changed -= ToolsChanged;
            if (granted.PromptsListChanged == true) options.PromptCollection!.Changed -= PromptsChanged;
        }

        return new();

        async Task TellAsync(string uri, Func<CancellationToken, IAsyncEnumerable<ContextEntry>> changes)
        {
            try
            {
                await foreach (var _ in changes(ends.Token).ConfigureAwait(false)) await SendAsync(NotificationMethods.ResourceUpdatedNotification, new() { ["uri"] = uri }).ConfigureAwait(false);
            }
            catch (Exception e) when (!ends.IsCancellationRequested)
            {
                McpServerLog.NotFollowed(log, uri, e);
                throw;
            }
        }

        Task SendAsync(string method, JsonObject parameters)
        {
            parameters["_meta"] = new JsonObject { [MetaKeys.SubscriptionId] = JsonSerializer.SerializeToNode(id, McpJsonUtilities.DefaultOptions) };
            return server.SendMessageAsync(new JsonRpcNotification { Method = method, Params = parameters }, cancellationToken);
        }
    }
}
