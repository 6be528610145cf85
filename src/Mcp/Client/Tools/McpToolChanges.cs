using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>Hears of a server that its tools changed.</summary>
internal static class McpToolChanges
{
    /// <summary>Calls the refresh, one after another, until the connection ends.</summary>
    /// <param name="client">The connection.</param>
    /// <param name="refresh">Lists the tools anew; is told whether the server said that they changed.</param>
    /// <param name="isAgain">Whether an earlier connection had a list, which this server may not have.</param>
    /// <param name="closed">Ends it.</param>
    public static void Listen(McpClient client, Func<bool, CancellationToken, Task> refresh, bool isAgain, CancellationToken closed)
    {
        var last = Task.CompletedTask;
        var gate = new Lock();
        client.RegisterNotificationHandler(NotificationMethods.ToolListChangedNotification, (_, _) => Queue(saysChanged: true));
        // What changed between the first list and the subscription was told to nobody.
        client.RegisterNotificationHandler(NotificationMethods.SubscriptionsAcknowledgedNotification, (_, _) => Queue(saysChanged: false));
        if (isAgain) Enqueue(saysChanged: false);
        if (client.ServerCapabilities.Tools?.ListChanged == true && McpProtocol.IsNewest(client)) _ = SubscribeAsync(client, closed);

        ValueTask Queue(bool saysChanged)
        {
            // Not awaited: the answer to the refresh comes over the channel that this notification came over.
            Enqueue(saysChanged);
            return default;
        }

        void Enqueue(bool saysChanged)
        {
            lock (gate) last = last.ContinueWith(_ => refresh(saysChanged, closed), closed, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();
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
