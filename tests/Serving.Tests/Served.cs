using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;

namespace AgentTeams.Tests;

/// <summary>A server on a port that is free, and the clients that ask it.</summary>
internal sealed class Served : IAsyncDisposable
{
    public const string Name = "it";
    public const string Key = "right-key";

    private readonly TeamServer _server;

    private Served(TeamServer server)
    {
        _server = server;
        Http = new HttpClient { BaseAddress = new Uri(server.Endpoint, "/") };
        Http.DefaultRequestHeaders.Authorization = new("Bearer", Key);
    }

    public HttpClient Http { get; }

    public Uri Endpoint => _server.Endpoint;

    public OpenAIClient OpenAI => new(new ApiKeyCredential(Key), new OpenAIClientOptions { Endpoint = Endpoint, RetryPolicy = new ClientRetryPolicy(0) });

    public OpenAI.Chat.ChatClient Chat => OpenAI.GetChatClient(Name);

    public static Task<Served> StartAsync(IChatClient client, Func<TeamServerOptions, TeamServerOptions>? change = null)
    {
        var options = new TeamServerOptions { Models = { [Name] = client }, ApiKey = Key, Port = 0, ShutdownTimeout = TimeSpan.Zero };
        return StartAsync(change?.Invoke(options) ?? options);
    }

    public static async Task<Served> StartAsync(TeamServerOptions options) => new(await TeamServer.StartAsync(options));

    /// <summary>A chat completion of one question, with further members.</summary>
    public static string Body(string more = "", string question = "How many apples?") =>
        $$"""{"model":"{{Name}}","messages":[{"role":"user","content":"{{question}}"}]{{(more.Length == 0 ? "" : "," + more)}}}""";

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public Task<HttpResponseMessage> PostAsync(string body, CancellationToken cancellationToken = default) =>
        Http.PostAsync(new Uri("v1/chat/completions", UriKind.Relative), Json(body), cancellationToken);

    /// <summary>What is answered.</summary>
    public async Task<(int Status, JsonElement Body)> AskAsync(string body)
    {
        using var response = await PostAsync(body);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return ((int)response.StatusCode, document.RootElement.Clone());
    }

    /// <summary>The lines of a stream that are not empty.</summary>
    public async Task<IReadOnlyList<string>> LinesAsync(string body)
    {
        using var response = await PostAsync(body);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _server.DisposeAsync();
    }
}
