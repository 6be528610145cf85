using System.Text.Json.Nodes;

namespace AgentTeams.Tests;

/// <summary>What a server hears of a call: that it was given up, and its arguments; and what the server's progress does.</summary>
public sealed class CallTests
{
    private static readonly string Answer = """{"content":[{"type":"text","text":"done"}]}""";

    [Fact]
    public async Task Call_TimesOut_TheServerIsToldWhichCall()
    {
        var clock = new TestClock();
        await using var server = new RawServer(RawServer.Tool("slow"), (_, _) =>
        {
            clock.Advance(TimeSpan.FromSeconds(9));
            return Task.FromResult<string?>(null);
        });
        await using var tools = await server.ConnectAsync(o => o with { TimeProvider = clock, CallTimeout = TimeSpan.FromSeconds(9) });

        await Assert.ThrowsAsync<McpToolException>(async () => await tools["slow"].InvokeAsync());

        await AssertToldAsync(server);
    }

    [Fact]
    public async Task Call_CallerCancels_TheServerIsToldWhichCall()
    {
        using var cancel = new CancellationTokenSource();
        await using var server = new RawServer(RawServer.Tool("slow"), async (_, _) =>
        {
            await cancel.CancelAsync();
            return null;
        });
        await using var tools = await server.ConnectAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await tools["slow"].InvokeAsync(cancellationToken: cancel.Token));

        await AssertToldAsync(server);
    }

    [Fact]
    public async Task Call_NodeTimesOut_TheToolIsCancelledAtTheServer()
    {
        var clock = new TestClock();
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new InProcessServer(("slow", async (CancellationToken ct) =>
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            await using var _ = ct.Register(() => cancelled.TrySetResult());
            await cancelled.Task;
            return "never read";
        }));
        await using var tools = await server.ConnectAsync();
        var wf = Workflow.CreateBuilder<Heard>("slow");
        wf.Start(wf.AddTool(tools["slow"], _ => new { }, (s, r) => s with { Text = r.Text }, new() { Timeout = TimeSpan.FromSeconds(5) }));

        await Assert.ThrowsAsync<WorkflowNodeException>(() => wf.Build().RunAsync(new(""), new TeamRuntime { ChatClientSelector = _ => throw new InvalidOperationException() }, new() { TimeProvider = clock }));

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Call_OptionalArgumentsAreNull_AreLeftOut()
    {
        await using var server = new RawServer(RawServer.Tool("find", """
            {"type":"object","required":["query"],"properties":{
              "query":{"type":["string","null"]},"limit":{"type":"integer"},"after":{"type":["string","null"],"default":null},"sort":{"anyOf":[{"type":"string"},{"type":"null"}],"default":"name"}}}
            """), Answer);
        await using var tools = await server.ConnectAsync();

        await tools["find"].InvokeAsync(new() { ["query"] = null, ["limit"] = null, ["after"] = null, ["sort"] = null });

        var call = await server.ReceiveAsync("tools/call");
        Assert.Equal("""{"query":null,"sort":null}""", call["params"]!["arguments"]!.ToJsonString());
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"done\"")]
    public async Task Call_ResultIsNoObject_SaysSo(string result)
    {
        await using var server = new RawServer(RawServer.Tool("odd"), result);
        await using var tools = await server.ConnectAsync();

        Assert.Equal(McpFailure.Protocol, (await Assert.ThrowsAsync<McpToolException>(async () => await tools["odd"].InvokeAsync())).Failure);
    }

    [Fact]
    public async Task Call_ServerReportsProgress_TheTimeoutStartsAnew()
    {
        var clock = new TestClock();
        await using var server = new RawServer(RawServer.Tool("long"), (server, call) => ProgressAsync(server, call, clock, 4));
        await using var tools = await server.ConnectAsync(o => o with { TimeProvider = clock, CallTimeout = TimeSpan.FromSeconds(10), ProgressExtendsTimeout = true });

        Assert.Equal("done", ToolResult.From(await tools["long"].InvokeAsync()).Text);
    }

    [Fact]
    public async Task Call_ServerReportsProgressForEver_EndsAtTheLongestTime()
    {
        var clock = new TestClock();
        await using var server = new RawServer(RawServer.Tool("long"), (server, call) => ProgressAsync(server, call, clock, 4));
        await using var tools = await server.ConnectAsync(o => o with { TimeProvider = clock, CallTimeout = TimeSpan.FromSeconds(10), ProgressExtendsTimeout = true, MaxCallTime = TimeSpan.FromSeconds(18) });

        var e = await Assert.ThrowsAsync<McpToolException>(async () => await tools["long"].InvokeAsync());

        Assert.Contains("MaxCallTime", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_ProgressDoesNotCount_TimesOut()
    {
        var clock = new TestClock();
        await using var server = new RawServer(RawServer.Tool("long"), (server, call) => ProgressAsync(server, call, clock, 4, extends: false));
        await using var tools = await server.ConnectAsync(o => o with { TimeProvider = clock, CallTimeout = TimeSpan.FromSeconds(10) });

        Assert.Equal(McpFailure.TimedOut, (await Assert.ThrowsAsync<McpToolException>(async () => await tools["long"].InvokeAsync())).Failure);
    }

    /// <summary>Works for 6 seconds at a time and says so after each.</summary>
    private static async Task<string?> ProgressAsync(RawServer server, JsonNode call, TestClock clock, int times, bool extends = true)
    {
        for (var i = 1; i <= times; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(6));
            var token = call["params"]!["_meta"]!["progressToken"]!;
            var before = clock.TimersSet;
            await server.SayAsync($$$"""{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":{{{token.ToJsonString()}}},"progress":{{{i}}}}}""");
            while (extends && clock.TimersSet == before && !server.Received.Any(m => m["method"]?.ToString() == "notifications/cancelled")) await Task.Yield();
        }

        return Answer;
    }

    private static async Task AssertToldAsync(RawServer server)
    {
        var told = await server.ReceiveAsync("notifications/cancelled").WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((await server.ReceiveAsync("tools/call"))["id"]!.ToJsonString(), told["params"]!["requestId"]!.ToJsonString());
    }

    private sealed record Heard(string Text);
}
