using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>Resources whose changes are heard of, on every connection to the server anew.</summary>
internal sealed class McpSubscriptions(McpOptions options, CancellationToken closed)
{
    private readonly ConcurrentDictionary<Subscription, byte> _all = [];
    private readonly ILogger _log = options.LoggerFactory.CreateLogger(McpLog.Category);

    public async Task<IAsyncDisposable> AddAsync(McpClient client, string uri, Func<string, ValueTask> changed, CancellationToken cancellationToken)
    {
        var subscription = new Subscription(this, uri, changed);
        try
        {
            await subscription.StartAsync(client, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await subscription.EndAsync().ConfigureAwait(false);
            throw;
        }

        _all[subscription] = 0;
        return subscription;
    }

    public void Resume(McpClient client)
    {
        foreach (var subscription in _all.Keys) _ = ResumeAsync(subscription, client);
    }

    private async Task ResumeAsync(Subscription subscription, McpClient client)
    {
        try
        {
            await subscription.StartAsync(client, closed).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (!closed.IsCancellationRequested) McpLog.NotResubscribed(_log, options.Name, subscription.Uri, e);
        }
    }

    private sealed class Subscription(McpSubscriptions owner, string uri, Func<string, ValueTask> changed) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ended = new();
        private IAsyncDisposable? _listening;
        private McpClient? _client;

        public string Uri => uri;

        public async Task StartAsync(McpClient client, CancellationToken cancellationToken)
        {
            if (_listening is not null) await _listening.DisposeAsync().ConfigureAwait(false);
            _client = client;
            _listening = client.RegisterNotificationHandler(NotificationMethods.ResourceUpdatedNotification, (said, _) =>
                (said.Params as JsonObject)?["uri"]?.ToString() == uri ? changed(uri) : default);
            if (!McpProtocol.IsNewest(client))
            {
                await client.SubscribeToResourceAsync(uri, cancellationToken: cancellationToken).ConfigureAwait(false);
                return;
            }

            JsonObject parameters = new() { ["notifications"] = new JsonObject { ["resourceSubscriptions"] = new JsonArray(uri) } };
            var granted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var acknowledged = client.RegisterNotificationHandler(NotificationMethods.SubscriptionsAcknowledgedNotification, (said, _) =>
            {
                if (said.Params?["notifications"]?["resourceSubscriptions"] is JsonArray uris && uris.Any(u => u?.ToString() == uri)) granted.TrySetResult();
                return default;
            }).ConfigureAwait(false);
            var ended = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token, owner.Closed);

            // The request lasts as long as the subscription; it ends sooner where the server refuses it.
            var listening = client.SendRequestAsync(new JsonRpcRequest { Method = RequestMethods.SubscriptionsListen, Params = parameters }, ended.Token);
            _ = FollowAsync(listening, granted.Task);
            if (await Task.WhenAny(granted.Task, listening).WaitAsync(cancellationToken).ConfigureAwait(false) == listening) await listening.ConfigureAwait(false);
        }

        // Whoever asked for it is told of a refusal; of an end after that, nobody would know.
        private async Task FollowAsync(Task listening, Task granted)
        {
            await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (granted.IsCompleted && !_ended.IsCancellationRequested && !owner.Closed.IsCancellationRequested) McpLog.SubscriptionEnded(owner._log, owner.Name, uri, listening.Exception);
        }

        /// <summary>Hears no more; the server may go on telling.</summary>
        public async Task EndAsync()
        {
            owner._all.TryRemove(this, out _);
            await _ended.CancelAsync().ConfigureAwait(false);
            if (_listening is not null) await _listening.DisposeAsync().ConfigureAwait(false);
        }

        public async ValueTask DisposeAsync()
        {
            await EndAsync().ConfigureAwait(false);
            if (_client is null || McpProtocol.IsNewest(_client) || _client.Completion.IsCompleted) return;
            using var limit = owner.Limit();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, owner.Closed);
            try
            {
                await _client.UnsubscribeFromResourceAsync(uri, cancellationToken: stop.Token).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // The connection ended, and the subscription with it; or the server does not answer.
            }
        }
    }

    private CancellationToken Closed => closed;

    private string Name => options.Name;

    private CancellationTokenSource Limit() => new(options.CallTimeout, options.TimeProvider);
}
