using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>One request that a server may work on for a while. If it is given up, the server is told.</summary>
internal sealed class McpCall(McpTarget target, long number)
{
    // A server that no longer reads cannot be told, and must not be waited for.
    private static readonly TimeSpan TellTimeout = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LastMoment = TimeSpan.FromMilliseconds(100);

    // Far from the ids that the client counts for itself, and still what a server with 32 bits for an id can read.
    private readonly RequestId _id = new(1_000_000_000 + number);
    private int _samplings;

    public McpTarget Target => target;

    public long Number => number;

    public string ProgressToken { get; } = string.Create(CultureInfo.InvariantCulture, $"call-{number}");

    /// <summary>Is called when the server reports progress.</summary>
    public required Action<JsonObject> Progressed { get; init; }

    /// <summary>Counts a request of the server for a model's answer.</summary>
    public int CountSampling() => Interlocked.Increment(ref _samplings);

    /// <summary>The raw result.</summary>
    /// <param name="client">The connection.</param>
    /// <param name="stop">Gives the call up.</param>
    public async Task<JsonElement> SendAsync(McpClient client, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        using var abandon = new CancellationTokenSource();
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(() => stopped.TrySetResult()).ConfigureAwait(false);
        var answer = client.SendRequestAsync(Request(), abandon.Token);
        var first = await Task.WhenAny(answer, client.Completion, stopped.Task).ConfigureAwait(false);

        // What came with the end, such as the reason for it, may still be on its way through the client.
        if (first == client.Completion) await Task.WhenAny(answer, Task.Delay(LastMoment, CancellationToken.None)).ConfigureAwait(false);
        if (answer.IsCompleted)
        {
            return JsonSerializer.SerializeToElement((await answer.ConfigureAwait(false)).Result) is { ValueKind: JsonValueKind.Object } result ? result
                : throw new JsonException("The server's result is no JSON object.");
        }

        // The client may forget a cancelled call before it tells the server, so that is done here; hearing of it twice does no harm.
        if (first == stopped.Task) await TellAsync(client).ConfigureAwait(false);
        await abandon.CancelAsync().ConfigureAwait(false);
        _ = answer.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        stop.ThrowIfCancellationRequested();
        throw new IOException("The connection ended before the answer.");
    }

    private JsonRpcRequest Request()
    {
        var parameters = (JsonObject)target.Parameters.DeepClone();
        parameters["_meta"] = new JsonObject { ["progressToken"] = ProgressToken };
        return new() { Id = _id, Method = target.Method, Params = parameters };
    }

    private async Task TellAsync(McpClient client)
    {
        using var limit = new CancellationTokenSource(TellTimeout);
        try
        {
            await client.SendNotificationAsync(
                NotificationMethods.CancelledNotification,
                new CancelledNotificationParams { RequestId = _id, Reason = "The caller no longer waits for the answer." },
                cancellationToken: limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException or ObjectDisposedException or HttpRequestException or McpException)
        {
            // The connection is gone, and the call with it.
        }
    }
}

/// <summary>What is called.</summary>
/// <param name="Method">The method of the protocol.</param>
/// <param name="Name">A tool, a prompt or the address of a resource.</param>
/// <param name="Parameters">What is sent.</param>
/// <param name="Context">The call of a workflow that this is, or null.</param>
internal sealed record McpTarget(string Method, string Name, JsonObject Parameters, ToolCallContext? Context = null);
