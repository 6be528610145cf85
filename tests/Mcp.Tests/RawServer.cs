using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;

namespace AgentTeams.Tests;

/// <summary>A server that says exactly what a test wants it to say, one JSON line at a time, and remembers what it was told.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly Pipe _toServer = new();
    private readonly Pipe _toClient = new();
    private readonly Func<RawServer, JsonNode, Task<string?>> _call;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonNode>> _awaited = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Task _run;
    private int _asked;

    /// <summary>A server with these tools, as JSON, and this answer to a call, null for none.</summary>
    public RawServer(string tools, Func<RawServer, JsonNode, Task<string?>> call)
    {
        Tools = tools;
        _call = call;
        _run = RunAsync();
    }

    public RawServer(string tools, string result)
        : this(tools, (_, _) => Task.FromResult<string?>(result)) { }

    public static string Tool(string name, string schema = """{"type":"object"}""") => $$"""{"name":"{{name}}","inputSchema":{{schema}}}""";

    public string Tools { get; set; }

    /// <summary>What it answers instead when it is asked for its tools.</summary>
    public string? Page { get; init; }

    /// <summary>Whether it speaks the revision of the protocol that knows subscriptions.</summary>
    public bool IsNewest { get; init; }

    /// <summary>What it says that it can do, in an older revision of the protocol.</summary>
    public string Capabilities { get; init; } = """{"tools":{"listChanged":true}}""";

    /// <summary>What it answers to other methods, given the address or name that they are about; empty for an error.</summary>
    public IReadOnlyDictionary<string, Func<string?, string>> Answers { get; init; } = new Dictionary<string, Func<string?, string>>();

    public ConcurrentQueue<JsonNode> Received { get; } = [];

    public Task<McpToolset> ConnectAsync(Func<McpOptions, McpOptions>? configure = null)
    {
        var options = new McpOptions { Name = "raw" };
        return McpToolset.ConnectAsync(_toServer.Writer.AsStream(), _toClient.Reader.AsStream(), configure?.Invoke(options) ?? options);
    }

    /// <summary>The first message of that method, now or later.</summary>
    public Task<JsonNode> ReceiveAsync(string method) => _awaited.GetOrAdd(method, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Asks the client, and gives what it answers.</summary>
    public async Task<JsonNode> AskAsync(string method, string parameters)
    {
        var id = $"asked-{Interlocked.Increment(ref _asked)}";
        var answer = _awaited.GetOrAdd(id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        await SayAsync($$"""{"jsonrpc":"2.0","id":"{{id}}","method":"{{method}}","params":{{parameters}}}""");
        return await answer;
    }

    public async Task SayAsync(string json)
    {
        await _writing.WaitAsync();
        await _toClient.Writer.WriteAsync(Encoding.UTF8.GetBytes(json.ReplaceLineEndings("") + "\n"));
        _writing.Release();
    }

    public async ValueTask DisposeAsync()
    {
        await _toServer.Writer.CompleteAsync();
        await _run;
        await _toClient.Writer.CompleteAsync();
        _writing.Dispose();
    }

    private async Task RunAsync()
    {
        using var reader = new StreamReader(_toServer.Reader.AsStream());
        while (await reader.ReadLineAsync() is { } line)
        {
            var message = JsonNode.Parse(line)!;
            Received.Enqueue(message);
            var method = message["method"]?.GetValue<string>() ?? message["id"]!.ToString();
            _awaited.GetOrAdd(method, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult(message);
            if (message["method"] is not null && message["id"] is { } id) _ = AnswerAsync(method, message, id.ToJsonString());
        }
    }

    private async Task AnswerAsync(string method, JsonNode message, string id)
    {
        var result = method switch
        {
            "server/discover" when IsNewest => """{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{"listChanged":true}},"ttlMs":0,"cacheScope":"private","resultType":"complete"}""",
            "initialize" => $$"""{"protocolVersion":"2025-06-18","capabilities":{{Capabilities}},"serverInfo":{"name":"raw","version":"1"},"instructions":"Look first."}""",
            "tools/list" => Page ?? $$"""{"tools":[{{Tools}}]}""",
            "subscriptions/listen" when IsNewest => null,
            "tools/call" => await _call(this, message),
            _ when Answers.TryGetValue(method, out var answer) => answer((message["params"]?["uri"] ?? message["params"]?["name"])?.ToString()),
            _ => "",
        };
        if (result is null) return;
        await SayAsync(result.Length == 0
            ? $$"""{"jsonrpc":"2.0","id":{{id}},"error":{"code":-32601,"message":"no such method"} }"""
            : $$"""{"jsonrpc":"2.0","id":{{id}},"result":{{result}}}""");
    }
}
