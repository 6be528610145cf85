using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>The calls of a connection that wait for their answers: whose progress is reported, and for which of them the server asks something.</summary>
internal sealed class McpCalls
{
    private readonly ConcurrentDictionary<string, McpCall> _open = new(StringComparer.Ordinal);
    private readonly AsyncLocal<McpCall?> _current = new();
    private long _count;

    public long Next() => Interlocked.Increment(ref _count);

    /// <summary>
    /// The call for which the server asks. A server of the newest protocol asks within its answer. An older one asks at any time and says not what for:
    /// where all open calls are of one run, the oldest stands for them, and else none.
    /// </summary>
    public McpCall? Asking
    {
        get
        {
            if (_current.Value is { } own) return own;
            var open = _open.Values.OrderBy(c => c.Number).ToList();
            return open.Count > 0 && open.All(c => c.Target.Context?.Visit.Run == open[0].Target.Context?.Visit.Run) ? open[0] : null;
        }
    }

    public IDisposable Open(McpCall call)
    {
        _open[call.ProgressToken] = call;
        _current.Value = call;
        return new Closing(this, call);
    }

    public ValueTask OnProgress(JsonRpcNotification notification)
    {
        if (notification.Params is JsonObject said && said["progressToken"] is JsonValue token && token.TryGetValue<string>(out var id) && _open.TryGetValue(id, out var call))
            call.Progressed(said);
        return default;
    }

    private sealed class Closing(McpCalls calls, McpCall call) : IDisposable
    {
        public void Dispose() => calls._open.TryRemove(call.ProgressToken, out _);
    }
}
