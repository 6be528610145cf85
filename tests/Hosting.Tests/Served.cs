using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>An application in memory that serves one workflow at /run.</summary>
internal sealed class Served : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Served(WebApplication app) => (_app, Http) = (app, app.GetTestClient());

    public HttpClient Http { get; }

    public static async Task<Served> StartAsync(
        BoundWorkflow<Draft, string, string> workflow, IChatClient client, ICheckpointStore? store = null, WorkflowEndpointOptions? options = null, Action<string>? waits = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        var teams = builder.Services.AddAgentTeams().AddChatClient("small", client).AddWorkflow("run", _ => workflow, o => o.Model = "small");
        if (store is not null) teams.AddCheckpoints(_ => store);
        var app = builder.Build();
        // Told when a request has come as far as it gets by itself.
        app.Use((context, next) =>
        {
            var handled = next(context);
            waits?.Invoke(context.Request.Method);
            return handled;
        });
        app.MapWorkflow("/run", "run", options);
        await app.StartAsync();
        return new(app);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    public static HttpRequestMessage Request(HttpMethod method, string path, object? body = null, bool events = false, string? after = null)
    {
        var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent(body) };
        if (events) request.Headers.Accept.ParseAdd("text/event-stream");
        if (after is not null) request.Headers.Add("Last-Event-ID", after);
        return request;
    }

    /// <summary>The answer's status and JSON.</summary>
    public async Task<(int Status, JsonElement Body)> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = Request(method, path, body);
        using var response = await Http.SendAsync(request);
        return ((int)response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
    }

    /// <summary>Server-sent events as they come.</summary>
    public async IAsyncEnumerable<SseItem<string>> EventsAsync(HttpMethod method, string path, object? body = null, string? after = null)
    {
        using var request = Request(method, path, body, events: true, after);
        using var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        await using var stream = await response.Content.ReadAsStreamAsync();
        await foreach (var item in SseParser.Create(stream).EnumerateAsync()) yield return item;
    }

    private static StringContent JsonContent(object body) => new(JsonSerializer.Serialize(body, JsonSerializerOptions.Web), new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
}
