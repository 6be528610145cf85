using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>One call of a tool. If it is given up, the server is told.</summary>
internal sealed class McpCall(McpClient client, string tool, IReadOnlyDictionary<string, object?> arguments, long number)
{
    // A server that no longer reads cannot be told, and must not be waited for.
    private static readonly TimeSpan TellTimeout = TimeSpan.FromSeconds(1);

    // Far from the ids that the client counts for itself, and still what a server with 32 bits for an id can read.
    private readonly RequestId _id = new(1_000_000_000 + number);
    private readonly string _progressToken = string.Create(CultureInfo.InvariantCulture, $"call-{number}");

    /// <summary>The raw result.</summary>
    /// <param name="progressed">Is called when the server reports progress; null to ask for none.</param>
    /// <param name="stop">Gives the call up.</param>
    public async Task<JsonElement> SendAsync(Action? progressed, CancellationToken stop)
    {
        if (progressed is null) return await SendAsync(Request(asksForProgress: false), stop).ConfigureAwait(false);
        await using (Listen(progressed).ConfigureAwait(false)) return await SendAsync(Request(asksForProgress: true), stop).ConfigureAwait(false);
    }

    private async Task<JsonElement> SendAsync(JsonRpcRequest request, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        using var abandon = new CancellationTokenSource();
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(() => stopped.TrySetResult()).ConfigureAwait(false);
        var answer = client.SendRequestAsync(request, abandon.Token);
        var first = await Task.WhenAny(answer, client.Completion, stopped.Task).ConfigureAwait(false);
        if (answer.IsCompleted)
        {
            return JsonSerializer.SerializeToElement((await answer.ConfigureAwait(false)).Result) is { ValueKind: JsonValueKind.Object } result ? result
                : throw new JsonException("The server's result is no JSON object.");
        }

        // The client may forget a cancelled call before it tells the server, so that is done here; hearing of it twice does no harm.
        if (first == stopped.Task) await TellAsync().ConfigureAwait(false);
        await abandon.CancelAsync().ConfigureAwait(false);
        _ = answer.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        stop.ThrowIfCancellationRequested();
        throw new IOException("The connection ended before the answer.");
    }

    private JsonRpcRequest Request(bool asksForProgress)
    {
        var given = new JsonObject();
        foreach (var (name, value) in arguments) given[name] = JsonSerializer.SerializeToNode(value, McpJsonUtilities.DefaultOptions);
        var parameters = new JsonObject { ["name"] = tool, ["arguments"] = given };
        if (asksForProgress) parameters["_meta"] = new JsonObject { ["progressToken"] = _progressToken };
        return new() { Id = _id, Method = RequestMethods.ToolsCall, Params = parameters };
    }

    private IAsyncDisposable Listen(Action progressed) => client.RegisterNotificationHandler(NotificationMethods.ProgressNotification, (notification, _) =>
    {
        if (notification.Params is JsonObject progress && progress["progressToken"] is JsonValue token && token.TryGetValue<string>(out var id)
            && id == _progressToken)
        {
            progressed();
        }

        return default;
    });

    private async Task TellAsync()
    {
        using var limit = new CancellationTokenSource(TellTimeout);
        try
        {
            await client.SendNotificationAsync(
                NotificationMethods.CancelledNotification,
                new CancelledNotificationParams { RequestId = _id, Reason = "The caller no longer waits for the answer." },
                cancellationToken: limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException or ObjectDisposedException)
        {
            // The connection is gone, and the call with it.
        }
    }
}
