using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.AI;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Tests;

/// <summary>Whom a team server over HTTP answers, and what becomes of everybody else.</summary>
public sealed class HttpDoorTests : IDisposable
{
    private const string Key = "a-key-of-the-desk";
    private const string List = """{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{}}""";
    private static readonly McpHttpServerOptions Open = new() { Port = 0 };
    private static readonly McpHttpServerOptions Locked = Open with { ApiKeys = new Dictionary<string, string> { ["desk"] = Key, ["other"] = "another-key" } };
    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong")]
    [InlineData("Bearer ")]
    [InlineData("Basic YTpi")]
    public async Task Request_WithoutTheKey_Is401AndSaysNothingOfTheServer(string? authorization)
    {
        await using var server = await Echo().StartHttpAsync(Locked);
        using var response = await PostAsync(server, List, r => r.Headers.TryAddWithoutValidation("Authorization", authorization));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        Assert.Equal("", await response.Content.ReadAsStringAsync());
        Assert.False(response.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("Authorization", "Bearer " + Key)]
    [InlineData("X-Api-Key", Key)]
    [InlineData("X-Api-Key", "another-key")]
    public async Task Client_WithAKey_CallsTools(string header, string value)
    {
        await using var server = await Echo().StartHttpAsync(Locked);
        await using var client = await ConnectAsync(server, o => o.AdditionalHeaders = new Dictionary<string, string> { [header] = value });

        Assert.Equal("hello", TextOf(await client.CallToolAsync("echo", new Dictionary<string, object?> { ["text"] = "hello" })));
    }

    [Theory]
    [InlineData("https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData("http://localhost", HttpStatusCode.Forbidden)]
    [InlineData("https://app.example.org", HttpStatusCode.OK)]
    public async Task Request_OfAPage_IsAnsweredOnlyFromAnAllowedOrigin(string origin, HttpStatusCode status)
    {
        await using var server = await Echo().StartHttpAsync(Open with { AllowedOrigins = ["https://app.example.org"] });
        using var response = await PostAsync(server, Ping, r => r.Headers.Add("Origin", origin));

        Assert.Equal(status, response.StatusCode);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:80")]
    [InlineData("localhost.evil.example")]
    public async Task Request_UnderAForeignName_Is400(string host)
    {
        await using var server = await Echo().StartHttpAsync(Open);
        using var response = await PostAsync(server, Ping, r => r.Headers.Host = host);
        using var own = await PostAsync(server, Ping, r => r.Headers.Host = "localhost:1234");

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.OK), (response.StatusCode, own.StatusCode));
    }

    [Fact]
    public async Task Request_TooLong_Is413AndTheServerGoesOn()
    {
        await using var server = await Echo().StartHttpAsync(Open with { MaxRequestBytes = 10_000 });
        var body = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"?"}}}""".Replace("?", new string('x', 20_000), StringComparison.Ordinal);
        using var response = await PostAsync(server, body);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        await AnswersAsync(server);
    }

    [Theory]
    [InlineData("{", HttpStatusCode.BadRequest)]
    [InlineData("[]", HttpStatusCode.BadRequest)]
    [InlineData("42", HttpStatusCode.BadRequest)]
    [InlineData("""{"jsonrpc":"1.0","id":1,"method":"ping"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"jsonrpc":"2.0","id":{},"method":"ping"}""", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    public async Task Request_ThatIsNoMessage_IsRefusedAndTheServerGoesOn(string body, HttpStatusCode status)
    {
        await using var server = await Echo().StartHttpAsync(Open);
        using var response = await PostAsync(server, body);
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal(status, response.StatusCode);
        Assert.DoesNotContain(" at ModelContextProtocol", text, StringComparison.Ordinal);
        Assert.DoesNotContain("/src/", text, StringComparison.Ordinal);
        await AnswersAsync(server);
    }

    [Fact]
    public async Task Request_UnknownMethod_IsAJsonRpcErrorOfItsId()
    {
        await using var server = await Echo().StartHttpAsync(Open);
        using var begun = await PostAsync(server, Ping);
        using var response = await PostAsync(server, """{"jsonrpc":"2.0","id":7,"method":"tools/steal"}""", r => r.Headers.Add("Mcp-Session-Id", begun.Headers.GetValues("Mcp-Session-Id")));
        var body = await response.Content.ReadAsStringAsync();

        Assert.Contains("-32601", body, StringComparison.Ordinal);
        Assert.Contains("\"id\":7", body, StringComparison.Ordinal);
        await AnswersAsync(server);
    }

    [Fact]
    public async Task Request_MoreThanTheLimit_Is429WithATime()
    {
        await using var server = await Echo().StartHttpAsync(Open with { RequestsPerMinute = 3 });
        for (var i = 0; i < 3; i++) (await PostAsync(server, Ping)).Dispose();
        using var response = await PostAsync(server, Ping);

        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromMinutes(1)), (response.StatusCode, response.Headers.RetryAfter?.Delta));
    }

    [Fact]
    public async Task Request_BodyThatNeverComes_HoldsUpNobody()
    {
        await using var server = await Echo().StartHttpAsync(Open);
        using var slow = new TcpClient();
        await slow.ConnectAsync(IPAddress.Loopback, server.Endpoint.Port);
        await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: 1000\r\n\r\n{"));
        await AnswersAsync(server);
        // Kestrel gives a body five seconds, and from then on asks for 240 bytes a second.
        using var reader = new StreamReader(slow.GetStream());

        Assert.Contains("408", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("192.0.2.1")]
    public async Task Start_WhereOthersReachItWithoutAKey_IsRefused(string address)
    {
        var error = await Assert.ThrowsAnyAsync<AgentTeamsException>(() => Echo().StartHttpAsync(Open with { Address = IPAddress.Parse(address) }));

        Assert.Contains("neither ApiKeys nor Jwt", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToString_Options_HoldNoKey() => Assert.DoesNotContain(Key, $"{Locked}", StringComparison.Ordinal);

    [Theory]
    [InlineData(null)]
    [InlineData("2025-11-25")]
    public async Task Client_OfEitherProtocol_IsToldAskedAndCanCancel(string? protocol)
    {
        var (asked, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        var wf = Workflow.CreateBuilder<Talk>("talk");
        var ask = wf.AddHuman("name", s => "Who are you?", (Talk s, string name) => s with { Name = name });
        wf.Start(ask).Then(wf.AddRole(new Role { Name = "host" }, s => s.Name, (s, r) => s with { Reply = r.Text }));
        var team = new McpTeamServer(new() { Name = "talk" })
            .AddWorkflow(wf.Build().Bind((string topic) => new Talk(topic), s => s.Reply), TeamRuntime.ForAll(new ScriptedChatClient(call => $"Hello {call.Text}")))
            .AddRole(new Role { Name = "slow" }, new ScriptedChatClient(call =>
            {
                call.CancellationToken.Register(() => cancelled.TrySetResult());
                asked.SetResult();
                return ScriptedReply.Never();
            }));
        await using var server = await team.StartHttpAsync(Open);
        await using var client = await ConnectAsync(server, null, new()
        {
            ProtocolVersion = protocol,
            Handlers = new() { ElicitationHandler = (_, _) => new(new ElicitResult { Action = "accept", Content = new Dictionary<string, System.Text.Json.JsonElement> { ["answer"] = System.Text.Json.JsonElement.Parse("\"Ann\"") } }) },
        });
        var result = await client.CallToolAsync("talk", new Dictionary<string, object?> { ["input"] = "x" });
        using var stop = new CancellationTokenSource();
        var slow = client.SendRequestAsync(new JsonRpcRequest { Id = new("slow-call"), Method = "tools/call", Params = System.Text.Json.Nodes.JsonNode.Parse("""{"name":"slow","arguments":{"input":"x"}}""") }, stop.Token);
        await asked.Task;
        await stop.CancelAsync();
        // Of the newest protocol, the end of a request cancels it. Before, it is a message, which the SDK's client may forget.
        if (protocol is not null) await client.SendNotificationAsync("notifications/cancelled", new CancelledNotificationParams { RequestId = new("slow-call") });

        Assert.Equal("Hello Ann", TextOf(result));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => slow);
        await cancelled.Task;
    }

    [Theory]
    [InlineData(null)]
    [InlineData("2025-11-25")]
    public async Task Resources_OfAnother_AreNotListed(string? protocol)
    {
        await using var server = await Echo().AddRole(new Role { Name = "ann" }, new ScriptedChatClient("hi")).StartHttpAsync(Open);
        await using var client = await ConnectAsync(server, null, new() { ProtocolVersion = protocol });
        await using var other = await ConnectAsync(server, null, new() { ProtocolVersion = protocol });
        var run = (await client.CallToolAsync("ann", new Dictionary<string, object?> { ["input"] = "x" })).Meta!["agentteams/run"]!.GetValue<string>();

        Assert.Equal(protocol is null ? 0 : 2, (await client.ListResourcesAsync()).Count);
        Assert.Empty(await other.ListResourcesAsync());
        Assert.Contains("completed", ((TextResourceContents)(await client.ReadResourceAsync(run)).Contents[0]).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_AThousandAtOnce_AreAllAnswered()
    {
        await using var server = await Echo().StartHttpAsync(Open with { RequestsPerMinute = 100_000 });
        var clients = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => ConnectAsync(server, null, new() { ProtocolVersion = "2025-11-25" })));
        var said = await Task.WhenAll(clients.Select(async (c, i) => TextOf(await c.CallToolAsync("echo", new Dictionary<string, object?> { ["text"] = $"{i}" }))));

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"{i}"), said);
        foreach (var client in clients) await client.DisposeAsync();
        await AnswersAsync(server);
    }

    private static string Ping => """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""";

    private static McpTeamServer Echo() => new McpTeamServer(new() { Name = "echo" }).AddTool(AIFunctionFactory.Create((string text) => text, "echo"));

    private static string TextOf(CallToolResult result) => ((TextContentBlock)result.Content[0]).Text;

    private static Task<McpClient> ConnectAsync(McpHttpServer server, Action<HttpClientTransportOptions>? configure = null, McpClientOptions? options = null)
    {
        var transport = new HttpClientTransportOptions { Endpoint = server.Endpoint, TransportMode = HttpTransportMode.StreamableHttp };
        configure?.Invoke(transport);
        return McpClient.CreateAsync(new HttpClientTransport(transport), options);
    }

    private static async Task AnswersAsync(McpHttpServer server)
    {
        await using var client = await ConnectAsync(server);
        Assert.Equal("still here", TextOf(await client.CallToolAsync("echo", new Dictionary<string, object?> { ["text"] = "still here" })));
    }

    private async Task<HttpResponseMessage> PostAsync(McpHttpServer server, string body, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Endpoint) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        change?.Invoke(request);
        return await _http.SendAsync(request);
    }

    private sealed record Talk(string Topic, string Name = "", string Reply = "");
}
