using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Tests;

/// <summary>A server on this machine that speaks vLLM's protocol for completions and adapters, over a model of its own.</summary>
internal sealed class LocalVllm : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentDictionary<string, byte> _loaded = new(StringComparer.Ordinal);

    public LocalVllm(string baseFolder)
    {
        Model = CpuLanguageModel.Load("served", baseFolder, new MinimalChatTemplate());
        Address = new Uri($"http://127.0.0.1:{FreePort()}/");
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _ = ServeAsync();
    }

    public Uri Address { get; }

    public LocalLanguageModel Model { get; }

    /// <summary>The paths of the requests, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>The adapters that are loaded now.</summary>
    public IEnumerable<string> Loaded => _loaded.Keys.Order();

    /// <summary>Changes an answer before it is sent.</summary>
    public Func<JsonObject, JsonObject> Distort { get; set; } = a => a;

    public void Dispose()
    {
        // Ends the loop too.
        _listener.Close();
        Model.Dispose();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task ServeAsync()
    {
        var running = new List<Task>();
        while (_listener.IsListening)
        {
            try
            {
                running.Add(AnswerAsync(await _listener.GetContextAsync()));
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                break;
            }
        }

        await Task.WhenAll(running);
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var path = context.Request.Url!.AbsolutePath;
        Requests.Enqueue(path);
        var body = (await JsonNode.ParseAsync(context.Request.InputStream))!;
        var (status, answer) = path switch
        {
            "/v1/load_lora_adapter" => Load((string)body["lora_name"]!, (string)body["lora_path"]!),
            "/v1/unload_lora_adapter" => _loaded.TryRemove((string)body["lora_name"]!, out _) ? (200, "Success") : (404, "not found"),
            "/v1/completions" => await CompleteAsync(body),
            _ => (404, "no such path"),
        };
        context.Response.StatusCode = status;
        await context.Response.OutputStream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(answer));
        context.Response.Close();
    }

    private (int, string) Load(string name, string path)
    {
        if (!_loaded.TryAdd(name, 0)) return (400, $"The lora adapter '{name}' has already been loaded.");
        Model.LoadAdapter(name, path);
        return (200, "Success");
    }

    private async Task<(int, string)> CompleteAsync(JsonNode body)
    {
        var name = (string)body["model"]!;
        if (name != "served" && !_loaded.ContainsKey(name)) return (404, $"The model '{name}' does not exist.");
        int[] prompt = [.. body["prompt"]!.AsArray().Select(i => (int)i!)];
        var result = await TinyModel.Generate(Model, name == "served" ? Model.Base : new PolicyId("served", name), prompt, (int)body["max_tokens"]!, (float)body["temperature"]!,
            [.. body["stop_token_ids"]!.AsArray().Select(i => (int)i!)], (long)body["seed"]!);
        var answer = new JsonObject
        {
            ["choices"] = new JsonArray(new JsonObject
            {
                ["finish_reason"] = result.Stopped ? "stop" : "length",
                ["token_ids"] = JsonSerializer.SerializeToNode(result.Ids),
                ["prompt_token_ids"] = JsonSerializer.SerializeToNode(prompt),
                ["logprobs"] = new JsonObject { ["token_logprobs"] = JsonSerializer.SerializeToNode(result.LogProbs) },
            }),
        };
        return (200, Distort(answer).ToJsonString());
    }
}
