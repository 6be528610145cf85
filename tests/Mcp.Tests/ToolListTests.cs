using Microsoft.Extensions.Logging;

namespace AgentTeams.Tests;

public sealed class ToolListTests
{
    [Theory]
    [InlineData("null", "null")]
    [InlineData("true", "true")]
    [InlineData("""{"anyOf":[{"type":"object"}]}""", "type")]
    [InlineData("""{"type":"string"}""", "\"string\"")]
    [InlineData("""{"type":["object","null"]}""", "object")]
    [InlineData("[]", "[]")]
    public async Task Connect_OneToolHasAnOddSchema_SkipsItByNameAndKeepsTheOthers(string schema, string said)
    {
        using var log = new Log();
        await using var server = new RawServer($"{RawServer.Tool("odd", schema)},{RawServer.Tool("good")}", """{"content":[{"type":"text","text":"fine"}]}""");
        await using var tools = await server.ConnectAsync(o => o with { LoggerFactory = log });

        Assert.Equal("good", Assert.Single(tools.Tools).Name);
        Assert.Equal("fine", ToolResult.From(await tools["good"].InvokeAsync()).Text);
        var skipped = Assert.Single(tools.SkippedTools);
        Assert.Equal("odd", skipped.Name);
        Assert.Contains(said, skipped.Reason, StringComparison.Ordinal);
        Assert.Contains(log.Messages, m => m.Contains("'odd'", StringComparison.Ordinal) && m.Contains("skipped", StringComparison.Ordinal));
        Assert.Contains("cannot be used", Assert.Throws<AgentTeamsException>(() => tools["odd"]).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name":"\ud800","inputSchema":{"type":"object"}}""")]
    [InlineData("""{"name":"odd","description":"\ud800","inputSchema":{"type":"object"}}""")]
    [InlineData("""{"name":"odd","inputSchema":{"type":"object","properties":{"a":{"description":"\udc00"}}}}""")]
    public async Task Connect_OneToolHoldsHalfACharacter_SkipsItAndKeepsTheOthers(string tool)
    {
        await using var server = new RawServer($"{tool},{RawServer.Tool("good")}", """{"content":[]}""");
        await using var tools = await server.ConnectAsync();

        Assert.Equal("good", Assert.Single(tools.Tools).Name);
        Assert.Equal(new SkippedTool("#0", "it holds half a character (a lone surrogate), which is no text"), Assert.Single(tools.SkippedTools));
    }

    [Fact]
    public async Task Connect_ToolsWithoutSchemaNameOrWithAUsedName_AreSkipped()
    {
        await using var server = new RawServer(
            $$"""{"name":"bare"},{"inputSchema":{"type":"object"} },7,{{RawServer.Tool("good")}},{{RawServer.Tool("good")}},{"name":"loose","inputSchema":{"type":"object"},"outputSchema":"text","description":5}""", "{}");
        await using var tools = await server.ConnectAsync();

        Assert.Equal(["good", "loose"], tools.Tools.Select(t => t.Name));
        Assert.Equal(["bare", "#1", "#2", "good"], tools.SkippedTools.Select(t => t.Name));
    }

    [Theory]
    [InlineData("null", "no list 'tools'")]
    [InlineData("[]", "no list 'tools'")]
    [InlineData("{}", "no list 'tools'")]
    [InlineData("""{"tools":{"a":1} }""", "no list 'tools'")]
    [InlineData("""{"tools":[],"nextCursor":"again"}""", "'again'")]
    public async Task Connect_AnswerThatIsNoListOfTools_IsNamed(string page, string said)
    {
        await using var server = new RawServer("", "{}") { Page = page };
        var error = await Assert.ThrowsAsync<McpToolException>(() => server.ConnectAsync());

        Assert.Equal(McpFailure.NotStarted, error.Failure);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_SaysThatItsToolsChanged_TheyAreListedAnew()
    {
        await using var server = new RawServer($"{RawServer.Tool("old")},{RawServer.Tool("kept")}", "{}");
        await using var tools = await server.ConnectAsync();
        var kept = tools["kept"];
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        tools.ToolsChanged += (_, _) => changed.TrySetResult();

        server.Tools = $"{RawServer.Tool("kept")},{RawServer.Tool("new")},{RawServer.Tool("odd", "true")}";
        await server.SayAsync("""{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}""");
        await changed.Task.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(["kept", "new"], tools.Tools.Select(t => t.Name));
        Assert.Same(kept, tools["kept"]);
        Assert.Equal("odd", Assert.Single(tools.SkippedTools).Name);
    }

    [Fact]
    public async Task Server_ChangedItsToolsBeforeItKnewOfTheSubscription_TheyAreListedAnew()
    {
        await using var server = new RawServer(RawServer.Tool("first"), "{}") { IsNewest = true };
        await using var tools = await server.ConnectAsync();
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        tools.ToolsChanged += (_, _) => changed.TrySetResult();

        await server.ReceiveAsync("subscriptions/listen").WaitAsync(TimeSpan.FromSeconds(30));
        server.Tools = $"{RawServer.Tool("first")},{RawServer.Tool("second")}";
        await server.SayAsync("""{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"notifications":{"toolsListChanged":true}}}""");
        await changed.Task.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(["first", "second"], tools.Tools.Select(t => t.Name));
    }

    [Fact]
    public async Task Server_OfTheNewestProtocolChangesItsTools_TheyAreListedAnew()
    {
        await using var server = new InProcessServer(("first", () => 1));
        await using var tools = await server.ConnectAsync();
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        tools.ToolsChanged += (_, _) => changed.TrySetResult();

        server.Add("second", () => 2);
        await changed.Task.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(["first", "second"], tools.Tools.Select(t => t.Name).Order(StringComparer.Ordinal));
        Assert.Equal("2", ToolResult.From(await tools["second"].InvokeAsync()).Text);
    }

    private sealed class Log : ILoggerFactory, ILogger
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Messages { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) { }

        public void Dispose() { }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Messages.Enqueue(formatter(state, exception));
    }
}
