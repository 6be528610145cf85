using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentTeams.Tests;

public sealed class HttpTests
{
    private const string Secret = "sk-very-secret-0123";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_StatelessOrStateful_Answers(bool isStateful)
    {
        await using var server = await HttpServer.StartAsync(isStateful, ("add", (int x, int y) => x + y));
        await using var tools = await server.ConnectAsync();

        Assert.Equal("5", ToolResult.From(await tools["add"].InvokeAsync(new() { ["x"] = 2, ["y"] = 3 })).Text);
        Assert.True(await tools.PingAsync());
        Assert.Equal(isStateful, server.Requests.Any(r => r.Session is not null));
    }

    [Fact]
    public async Task Call_SessionExpired_IsMadeInANewOne()
    {
        await using var server = await HttpServer.StartAsync(isStateful: true, ("add", (int x) => x + 1));
        await using var tools = await server.ConnectAsync();
        var old = server.Requests.Select(r => r.Session).First(s => s is not null)!;
        server.Forgotten[old] = true;

        Assert.Equal("2", ToolResult.From(await tools["add"].InvokeAsync(new() { ["x"] = 1 })).Text);
        Assert.Contains(server.Requests, r => r.Session is { } session && session != old);
    }

    [Fact]
    public async Task Connect_HeadersAndToken_AreSentWithEveryRequestAndSaidNowhere()
    {
        using var log = new TestLog();
        await using var server = await HttpServer.StartAsync(isStateful: false, ("add", (int x) => x + 1));
        var asked = 0;
        McpHttpOptions? used = null;
        await using var tools = await server.ConnectAsync(o => used = o with
        {
            LoggerFactory = log, Headers = new Dictionary<string, string> { ["X-Api-Key"] = Secret }, BearerTokenProvider = _ => new($"token-{Interlocked.Increment(ref asked)}"),
        });
        await tools["add"].InvokeAsync(new() { ["x"] = 1 });

        Assert.All(server.Requests, r => Assert.Equal(Secret, r.Key));
        Assert.All(server.Requests, r => Assert.StartsWith("Bearer token-", r.Authorization, StringComparison.Ordinal));
        Assert.True(asked >= 3);
        Assert.DoesNotContain(log.Messages, m => m.Contains(Secret, StringComparison.Ordinal) || m.Contains("token-", StringComparison.Ordinal));
        Assert.DoesNotContain(Secret, used!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Connect_CredentialsAreNotAccepted_SaysSoWithoutThem(int status)
    {
        await using var server = await HttpServer.StartAsync(isStateful: false);
        server.Instead = async context =>
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsync($"no such key: {context.Request.Headers.Authorization}");
            return true;
        };

        var e = await Assert.ThrowsAsync<McpToolException>(() => server.ConnectAsync(o => o with { BearerToken = Secret }));

        Assert.Equal(McpFailure.Unauthorized, e.Failure);
        Assert.Contains($"{status}", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_TokenExpired_IsMadeWithTheNextOne()
    {
        await using var server = await HttpServer.StartAsync(isStateful: false, ("add", (int x) => x + 1));
        var token = "old";
        await using var tools = await server.ConnectAsync(o => o with { BearerTokenProvider = _ => new(token) });
        server.Instead = context =>
        {
            var isOld = context.Request.Headers.Authorization == "Bearer old";
            if (isOld) (context.Response.StatusCode, token) = (401, "new");
            return Task.FromResult(isOld);
        };

        Assert.Equal("2", ToolResult.From(await tools["add"].InvokeAsync(new() { ["x"] = 1 })).Text);
    }

    [Theory]
    [InlineData(500, McpFailure.ServerExited)]
    [InlineData(307, McpFailure.ServerExited)]
    public async Task Call_ServerAnswersNoMcp_FailsTypedAndTheNextCallGoesOn(int status, McpFailure failure)
    {
        await using var server = await HttpServer.StartAsync(isStateful: false, ("add", (int x) => x + 1));
        await using var tools = await server.ConnectAsync();
        server.Instead = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "http://localhost:1/";
            return Task.FromResult(true);
        };

        var e = await Assert.ThrowsAsync<McpToolException>(async () => await tools["add"].InvokeAsync(new() { ["x"] = 1 }));
        Assert.Equal(failure, e.Failure);
        Assert.Contains($"{status}", e.Message, StringComparison.Ordinal);

        server.Instead = _ => Task.FromResult(false);
        Assert.Equal("2", ToolResult.From(await tools["add"].InvokeAsync(new() { ["x"] = 1 })).Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_ServerTellsTheToken_NoMessageHoldsIt(bool isProvided)
    {
        await using var server = await HttpServer.StartAsync(isStateful: false, ("add", (int x) => x > 0 ? throw new ModelContextProtocol.McpProtocolException($"'{Secret}' may not add") : x));
        await using var tools = await server.ConnectAsync(o => isProvided ? o with { BearerTokenProvider = _ => new(Secret) } : o with { BearerToken = Secret });

        var e = await Assert.ThrowsAsync<McpToolException>(async () => await tools["add"].InvokeAsync(new() { ["x"] = 1 }));

        Assert.Contains("'***' may not add", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_NobodyListens_NamesTheAddressWithoutItsQuery()
    {
        var e = await Assert.ThrowsAsync<McpToolException>(() => McpToolset.ConnectHttpAsync(new() { Name = "remote", Endpoint = new($"http://127.0.0.1:9/mcp?key={Secret}") }));

        Assert.Equal(McpFailure.NotStarted, e.Failure);
        Assert.Contains("http://127.0.0.1:9/mcp", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_CallerCancels_TheServersCallIsCancelled()
    {
        var (started, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await HttpServer.StartAsync(isStateful: false, ("slow", async (CancellationToken token) =>
        {
            started.TrySetResult();
            await using var registration = token.Register(() => cancelled.TrySetResult());
            await cancelled.Task;
            return "never read";
        }));
        await using var tools = await server.ConnectAsync();
        using var cancel = new CancellationTokenSource();
        var call = tools["slow"].InvokeAsync(cancellationToken: cancel.Token).AsTask();
        await started.Task.WaitAsync(TimeSpan.FromSeconds(30));

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Elicitation_StatelessOrStateful_ReachesTheHandler(bool isStateful)
    {
        await using var server = await HttpServer.StartAsync(isStateful, ("paint", async (McpServer s, RequestContext<CallToolRequestParams> request, CancellationToken token) =>
        {
            // Without a session the server cannot ask; its answer says what it needs, and the call is made again with it.
            ElicitRequestParams question = new() { Message = "Which colour?", RequestedSchema = new() { Properties = { ["colour"] = new ElicitRequestParams.StringSchema() } } };
            if (s.IsMrtrSupported && request.Params!.InputResponses is null)
                throw new InputRequiredException(new Dictionary<string, InputRequest> { ["colour"] = InputRequest.ForElicitation(question) });
            var answer = s.IsMrtrSupported ? request.Params!.InputResponses!["colour"].Deserialize(InputResponse.ElicitResultJsonTypeInfo)! : await s.ElicitAsync(question, token);
            return $"{answer.Action} {answer.Content?["colour"]}";
        }));
        List<McpElicitation> asked = [];
        await using var tools = await server.ConnectAsync(o => o with
        {
            Elicitation = (question, _) =>
            {
                asked.Add(question);
                return new(McpElicitationAnswer.Accept(JsonSerializer.SerializeToElement(new { colour = "blue" })));
            },
        });

        Assert.Equal("accept blue", ToolResult.From(await tools["paint"].InvokeAsync()).Text);
        Assert.Equal(("paint", "Which colour?"), (Assert.Single(asked).Tool, asked[0].Message));
    }

    [Fact]
    public async Task Connect_OAuthWhereTheServerAsksForIt_IsBegun()
    {
        await using var server = await HttpServer.StartAsync(isStateful: false);
        List<string> paths = [];
        server.Instead = context =>
        {
            lock (paths) paths.Add(context.Request.Path);
            context.Response.StatusCode = context.Request.Path == "/mcp" ? 401 : 404;
            return Task.FromResult(true);
        };

        await Assert.ThrowsAsync<McpToolException>(() => server.ConnectAsync(o => o with { OAuth = new() { RedirectUri = new("http://localhost:1/done"), ClientId = "client" } }));

        Assert.Contains(paths, p => p.StartsWith("/.well-known/oauth-protected-resource", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://example.com/mcp", "clear")]
    [InlineData("ftp://example.com/mcp", "http")]
    public async Task Connect_AddressThatTokensMustNotTravelTo_IsRefused(string address, string said)
    {
        var e = await Assert.ThrowsAsync<AgentTeamsException>(() => McpToolset.ConnectHttpAsync(new() { Name = "remote", Endpoint = new(address), BearerToken = Secret }));

        Assert.Contains(said, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_ClientOfTheApplications_IsUsedAndDisposed()
    {
        await using var server = await HttpServer.StartAsync(isStateful: false, ("add", (int x) => x + 1));
        using var handler = new CountingHandler();
        await using (var tools = await server.ConnectAsync(o => o with { BearerToken = Secret, HttpClientFactory = () => new(handler) }))
        {
            Assert.Equal("2", ToolResult.From(await tools["add"].InvokeAsync(new() { ["x"] = 1 })).Text);
        }

        Assert.Equal(server.Requests.Count, handler.Count);
        Assert.True(handler.IsDisposed);
    }

    private sealed class CountingHandler() : DelegatingHandler(new SocketsHttpHandler())
    {
        private int _count;

        public int Count => _count;

        public bool IsDisposed { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _count);
            return base.SendAsync(request, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
