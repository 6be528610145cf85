using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Tests;

/// <summary>Subscribes as a client of the MCP SDK does, of either way that there is.</summary>
internal static class McpSubscriber
{
    public static async Task<IAsyncDisposable> SubscribeAsync(McpClient client, string uri, Action changed)
    {
        if (string.CompareOrdinal(client.NegotiatedProtocolVersion, "2026-07-28") < 0)
        {
            return await client.SubscribeToResourceAsync(new Uri(uri), (_, _) =>
            {
                changed();
                return default;
            });
        }

        var (acknowledged, ended) = (new TaskCompletionSource(), new CancellationTokenSource());
        var hears = client.RegisterNotificationHandler(NotificationMethods.ResourceUpdatedNotification, (said, _) =>
        {
            if (said.Params?["uri"]?.ToString() == uri) changed();
            return default;
        });
        await using var hearsFirst = client.RegisterNotificationHandler(NotificationMethods.SubscriptionsAcknowledgedNotification, (said, _) =>
        {
            if (said.Params?["notifications"]?["resourceSubscriptions"] is JsonArray uris && uris.Any(u => u?.ToString() == uri)) acknowledged.TrySetResult();
            return default;
        });
        JsonObject parameters = new() { ["notifications"] = new JsonObject { ["resourceSubscriptions"] = new JsonArray(uri) } };
        var listening = client.SendRequestAsync(new JsonRpcRequest { Method = RequestMethods.SubscriptionsListen, Params = parameters }, ended.Token);
        if (await Task.WhenAny(acknowledged.Task, listening) == listening) await listening;
        return new Subscription(hears, ended);
    }

    private sealed class Subscription(IAsyncDisposable hears, CancellationTokenSource ended) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await ended.CancelAsync();
            ended.Dispose();
            await hears.DisposeAsync();
        }
    }
}
