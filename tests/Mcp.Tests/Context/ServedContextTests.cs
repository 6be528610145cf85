using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.Extensions.AI;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentTeams.Tests;

/// <summary>A shared context on MCP servers: what one side changes, the other sees.</summary>
public sealed class ServedContextTests
{
    private readonly InMemoryContextStore _store = new();

    [Fact]
    public async Task AddContext_ToATeamServer_TeamAndClientShareIt()
    {
        var context = new SharedContext(new() { Store = _store, Run = "release 42", Rights = role => role == "partner" ? new() { Reads = ["*"], Writes = ["review/*"] } : ContextRights.All });
        var coder = new Role { Name = "coder" };
        var script = new ScriptedChatClient(call => call.Messages[^1].Role == ChatRole.Tool ? "coded" : ScriptedReply.CallTool("context_set", new { key = "code", value = "x = 2" }));
        var server = new McpTeamServer(new() { Name = "team" }).AddRole(coder, script, new() { Run = run => run with { Middleware = [context.ToMiddleware()] } }).AddContext(context, new() { Role = "partner" });
        await using var served = await Toolset.StartAsync(server);
        var tools = served.Tools;

        var changed = new TaskCompletionSource();
        await using var subscription = await tools.SubscribeAsync("context://release%2042/code", _ =>
        {
            changed.TrySetResult();
            return default;
        });
        await CallAsync(tools["coder"], new { input = "write it" });
        await changed.Task;
        var read = await tools.ReadResourceAsync("context://release%2042/code");
        var review = await CallAsync(tools["context_set"], new { key = "review/code", value = new { ok = true }, expectedVersion = 0 });
        var refused = await CallAsync(tools["context_set"], new { key = "code", value = "mine" });
        var late = await CallAsync(tools["context_set"], new { key = "review/code", value = 1, expectedVersion = 0 });

        Assert.Equal("x = 2", read.Text);
        Assert.Equal("""{"key":"review/code","version":2,"writer":"partner","contextVersion":2}""", review.Json!.Value.GetRawText());
        Assert.True(refused.IsError);
        Assert.StartsWith("refused: 'partner' may not write 'code'.", refused.Text, StringComparison.Ordinal);
        Assert.StartsWith("'review/code' has version 2", late.Text, StringComparison.Ordinal);
        Assert.Equal("partner", (await context.As("coder").GetAsync("review/code"))!.Writer);
        Assert.Equal(["context://release%2042/code", "context://release%2042/review/code", "context://release%2042/{+key}"],
            (await tools.ListResourcesAsync()).Where(r => r.Uri.StartsWith("context", StringComparison.Ordinal)).Select(r => r.Uri));
        Assert.Contains("\"key\":\"review/code\"", (await tools.ReadResourceAsync("context://release%2042/")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Subscribe_OfAnyRevision_HearsOfEachChangeUntilItEnds(string revision)
    {
        var context = new SharedContext(new() { Store = _store, Run = "run" });
        await using var served = await ServedTeam.StartAsync(new McpTeamServer(new() { Name = "team" }).AddContext(context), new() { ProtocolVersion = revision });
        var heard = System.Threading.Channels.Channel.CreateUnbounded<string>();

        await using (await SubscribeAsync("context://run/k"))
        await using (await SubscribeAsync("context://run/"))
        {
            await context.As("a").SetAsync("k", 1);
            Assert.Equal(["context://run/", "context://run/k"], await HeardAsync(2));
            await context.As("a").SetAsync("other", 1);
            Assert.Equal(["context://run/"], await HeardAsync(1));
        }

        await context.As("a").SetAsync("k", 2);
        await using (await SubscribeAsync("context://run/last"))
        {
            await context.As("a").SetAsync("last", 1);
            Assert.Equal(["context://run/last"], await HeardAsync(1));
        }

        async Task<List<string>> HeardAsync(int count) => [.. (await heard.Reader.ReadAllAsync().Take(count).ToListAsync()).Order(StringComparer.Ordinal)];

        async Task<IAsyncDisposable> SubscribeAsync(string uri) => await McpSubscriber.SubscribeAsync(served.Client, uri, () => heard.Writer.TryWrite(uri));
    }

    [Fact]
    public async Task AddContext_WithoutARun_ClientsNameIt()
    {
        var context = new SharedContext(new() { Store = _store });
        await using var served = await Toolset.StartAsync(new McpTeamServer(new() { Name = "team" }).AddContext(context));

        await CallAsync(served.Tools["context_set"], new { run = "one", key = "k", value = 1 });

        Assert.Equal((1, 0), (await _store.GetVersionAsync("one"), await _store.GetVersionAsync("two")));
        Assert.Equal("1", (await served.Tools.ReadResourceAsync("context://one/k")).Text);
        await Assert.ThrowsAsync<McpToolException>(() => served.Tools.ReadResourceAsync("context://two/k"));
        await Assert.ThrowsAsync<McpToolException>(() => CallAsync(served.Tools["context_set"], new { key = "k", value = 1 }));
        Assert.Contains(await served.Tools.ListResourcesAsync(), r => r.Uri == "context://{run}/{+key}");
    }

    [Fact]
    public async Task AddContext_OfOneRun_HidesOtherRunsAndWhatMayNotBeRead()
    {
        var context = new SharedContext(new() { Store = _store, Run = "run", Rights = _ => new() { Reads = ["open"] } });
        foreach (var (run, key) in (IEnumerable<(string, string)>)[("run", "open"), ("run", "closed"), ("other", "open")]) await _store.WriteAsync(run, new() { Key = key, Value = JsonSerializer.SerializeToElement(1) });
        await using var served = await Toolset.StartAsync(new McpTeamServer(new() { Name = "team" }).AddContext(context));

        Assert.Equal(["context_get", "context_list", "context_history"], served.Tools.Tools.Select(t => t.Name));
        Assert.Equal("1", (await served.Tools.ReadResourceAsync("context://run/open")).Text);
        foreach (var uri in (string[])["context://run/closed", "context://other/open", "context://run/none", "context://run/..%2fother/open"])
        {
            await Assert.ThrowsAsync<McpToolException>(() => served.Tools.ReadResourceAsync(uri));
            await Assert.ThrowsAsync<McpToolException>(() => uri.EndsWith("none", StringComparison.Ordinal) ? served.Tools.ReadResourceAsync(uri) : served.Tools.SubscribeAsync(uri, _ => default));
        }
    }

    [Fact]
    public async Task SetTool_ArgumentThatItDoesNotHave_IsRefusedAndNothingIsWritten()
    {
        var context = new SharedContext(new() { Store = _store, Run = "run" });
        await context.As("me").SetAsync("k", 1);
        await using var served = await Toolset.StartAsync(new McpTeamServer(new() { Name = "team" }).AddContext(context));

        var refused = await CallAsync(served.Tools["context_set"], new { key = "k", value = 2, expected = 0 });

        Assert.True(refused.IsError);
        Assert.Equal("'context_set' has no argument 'expected'. Its arguments are key, value, expectedVersion.", refused.Text);
        await Assert.ThrowsAsync<AgentTeamsException>(() => CallAsync(context.ToolsOf("me").Single(t => t.Name == "context_set"), new { key = "k", value = 2, expected = 0 }));
        Assert.Equal(1, await _store.GetVersionAsync("run"));
    }

    [Fact]
    public void AddContext_ASecondOne_IsRefusedWhereItIsAdded()
    {
        var server = new McpTeamServer(new() { Name = "team" }).AddContext(new(new() { Store = _store, Run = "run" }));

        Assert.Contains("'team' offers a shared context already", Assert.Throws<AgentTeamsException>(() => server.AddContext(new(new() { Store = _store, Run = "run", Name = "other" }))).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("other_get", server.Tools);
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Subscribe_StoreThatFailsToWatch_IsLogged(string revision)
    {
        var (store, log) = (new WatchedContextStore(_store), new TestLog());
        var context = new SharedContext(new() { Store = store, Run = "run" });
        await using var served = await ServedTeam.StartAsync(new McpTeamServer(new() { Name = "team", LoggerFactory = log }).AddContext(context), new() { ProtocolVersion = revision });
        await using var subscription = await McpSubscriber.SubscribeAsync(served.Client, "context://run/k", () => { });
        await store.Watched.Task;

        var told = log.WhenSaid("context://run/k could not be followed");
        store.Fail.SetResult();
        await told;

        Assert.Contains(log.Messages, m => m.Contains("the disk is gone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Subscribe_ServerEndsIt_TheClientLogsIt()
    {
        var (store, log) = (new WatchedContextStore(_store), new TestLog());
        await using var served = await Toolset.StartAsync(new McpTeamServer(new() { Name = "team" }).AddContext(new(new() { Store = store, Run = "run" })).RunAsync, log);
        await using var subscription = await served.Tools.SubscribeAsync("context://run/k", _ => default);
        await store.Watched.Task;

        var told = log.WhenSaid("The subscription to 'context://run/k' of the MCP server 'team' ended");
        store.Fail.SetResult();
        await told;
    }

    [Theory]
    [InlineData("context://")]
    [InlineData("context:///")]
    [InlineData("context://a%00b/")]
    [InlineData("context://a%00b/k")]
    public async Task ReadResource_RunThatIsNone_SaysSo(string uri)
    {
        await using var served = await Toolset.StartAsync(new McpTeamServer(new() { Name = "team" }).AddContext(new(new() { Store = _store })));

        Assert.Contains("is no run of a shared context", (await Assert.ThrowsAsync<McpToolException>(() => served.Tools.ReadResourceAsync(uri))).Message, StringComparison.Ordinal);
        Assert.Contains("is no run of a shared context", (await Assert.ThrowsAsync<McpToolException>(() => served.Tools.SubscribeAsync(uri, _ => default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddContext_ToAServerOfTheSdk_KeepsWhatItHas()
    {
        var context = new SharedContext(new() { Store = _store, Run = "run" });
        var options = new McpServerOptions { ServerInfo = new() { Name = "plain", Version = "1" }, ToolCollection = [McpServerTool.Create(() => "pong", new() { Name = "ping" })] };
        options.Handlers.ListResourcesHandler = (_, _) => new(new ListResourcesResult { Resources = [new() { Uri = "docs://style", Name = "style" }] });
        options.Handlers.ReadResourceHandler = (_, _) => new(new ReadResourceResult { Contents = [new TextResourceContents { Uri = "docs://style", Text = "Short." }] });
        options.AddContext(context);
        await using var served = await Toolset.StartAsync((input, output, stop) => RunAsync(options, input, output, stop));
        await context.As("me").SetAsync("k", 1);

        Assert.Equal("pong", (await CallAsync(served.Tools["ping"], new { })).Text);
        Assert.Equal(["docs://style", "context://run/k", "context://run/{+key}"], (await served.Tools.ListResourcesAsync()).Select(r => r.Uri));
        Assert.Equal(("Short.", "1"), ((await served.Tools.ReadResourceAsync("docs://style")).Text, (await served.Tools.ReadResourceAsync("context://run/k")).Text));
        var listed = new TaskCompletionSource();
        served.Tools.ToolsChanged += (_, _) => listed.TrySetResult();
        options.ToolCollection.Add(McpServerTool.Create(() => "new", new() { Name = "new" }));
        await listed.Task;
        Assert.Contains(served.Tools.Tools, t => t.Name == "new");
        Assert.Throws<AgentTeamsException>(() => options.AddContext(context));
    }

    private static async Task<ToolResult> CallAsync(AIFunction tool, object arguments) =>
        ToolResult.From(await tool.InvokeAsync(new(JsonSerializer.SerializeToElement(arguments).EnumerateObject().ToDictionary(p => p.Name, p => (object?)p.Value))));

    private static async Task RunAsync(McpServerOptions options, Stream input, Stream output, CancellationToken stop)
    {
        await using var server = McpServer.Create(new StreamServerTransport(input, output, "plain"), options);
        await server.RunAsync(stop);
    }

    /// <summary>A server in this process with our toolset at the other end of two pipes.</summary>
    private sealed class Toolset : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private Task _run = Task.CompletedTask;

        public required McpToolset Tools { get; init; }

        public static Task<Toolset> StartAsync(McpTeamServer server) => StartAsync(server.RunAsync);

        public static async Task<Toolset> StartAsync(Func<Stream, Stream, CancellationToken, Task> serve, TestLog? log = null)
        {
            var (toServer, toClient, stop) = (new Pipe(), new Pipe(), new CancellationTokenSource());
            var run = serve(toServer.Reader.AsStream(), toClient.Writer.AsStream(), stop.Token);
            return new() { Tools = await McpToolset.ConnectAsync(toServer.Writer.AsStream(), toClient.Reader.AsStream(), new() { Name = "team", LoggerFactory = log ?? new() }), _run = run };
        }

        public async ValueTask DisposeAsync()
        {
            await Tools.DisposeAsync();
            await _stop.CancelAsync();
            _stop.Dispose();
            GC.KeepAlive(_run);
        }
    }
}
