using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>Hears of a server that its tools changed.</summary>
internal static class McpToolChanges
{
    // From this revision of the protocol on, a server speaks of changes only to those who asked to hear of them.
    private const string FirstWithSubscriptions = "2026-07-28";

    /// <summary>Calls the refresh, one after another, until the connection ends.</summary>
    /// <param name="client">The connection.</param>
    /// <param name="refresh">Lists the tools anew; is told whether the server said that they changed.</param>
    /// <param name="closed">Ends it.</param>
    public static void Listen(McpClient client, Func<bool, CancellationToken, Task> refresh, CancellationToken closed)
    {
        var last = Task.CompletedTask;
        var gate = new Lock();
        client.RegisterNotificationHandler(NotificationMethods.ToolListChangedNotification, (_, _) => Queue(saysChanged: true));
        // What changed between the first list and the subscription was told to nobody.
        client.RegisterNotificationHandler(NotificationMethods.SubscriptionsAcknowledgedNotification, (_, _) => Queue(saysChanged: false));
        if (client.ServerCapabilities.Tools?.ListChanged == true && string.CompareOrdinal(client.NegotiatedProtocolVersion, FirstWithSubscriptions) >= 0)
            _ = SubscribeAsync(client, closed);

        ValueTask Queue(bool saysChanged)
        {
            // Not awaited: the answer to the refresh comes over the channel that this notification came over.
            lock (gate) last = last.ContinueWith(_ => refresh(saysChanged, closed), closed, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();
            return default;
        }
    }

    private static async Task SubscribeAsync(McpClient client, CancellationToken closed)
    {
        try
        {
            JsonObject parameters = new() { ["notifications"] = new JsonObject { ["toolsListChanged"] = true } };
            await client.SendRequestAsync(new JsonRpcRequest { Method = RequestMethods.SubscriptionsListen, Params = parameters }, closed)
                .ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The request lasts as long as the connection; a server that refuses it speaks of no changes.
        }
    }
}
