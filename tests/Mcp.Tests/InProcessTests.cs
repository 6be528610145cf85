using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Tests;

public sealed class InProcessTests
{
    [Fact]
    public async Task Tools_OfAServer_HaveSchemasAndAnswer()
    {
        await using var server = new InProcessServer(("add", (int x, int y) => x + y));
        await using var tools = await server.ConnectAsync();

        var add = tools["add"];
        Assert.True(add.JsonSchema.GetProperty("properties").TryGetProperty("x", out _));
        Assert.Equal("5", ToolResult.From(await add.InvokeAsync(new() { ["x"] = 2, ["y"] = 3 })).Text);
        Assert.Contains("add", Assert.Throws<AgentTeamsException>(() => tools["sub"]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_ToolReportsAnError_IsAResult()
    {
        await using var server = new InProcessServer(("fail", string () => throw new McpException("no such row")));
        await using var tools = await server.ConnectAsync();

        var result = ToolResult.From(await tools["fail"].InvokeAsync());

        Assert.True(result.IsError);
        Assert.Contains("no such row", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_StructuredAnswer_IsJson()
    {
        await using var server = new InProcessServer(("pair", () => new CallToolResult
        {
            Content = [new TextContentBlock { Text = "one and two" }],
            StructuredContent = System.Text.Json.JsonSerializer.SerializeToElement(new { a = 1, b = 2 }),
        }));
        await using var tools = await server.ConnectAsync();

        var result = ToolResult.From(await tools["pair"].InvokeAsync());

        Assert.Equal("one and two", result.Text);
        Assert.Equal(2, result.Json?.GetProperty("b").GetInt32());
    }

    [Fact]
    public async Task Call_TakesTooLong_NamesServerToolAndLimit()
    {
        var clock = new TestClock();
        await using var server = new InProcessServer(("slow", async (CancellationToken ct) =>
        {
            clock.Advance(TimeSpan.FromSeconds(9));
            return await Never(ct);
        }));
        await using var tools = await server.ConnectAsync(o => o with { TimeProvider = clock, CallTimeout = TimeSpan.FromSeconds(9) });

        var e = await Assert.ThrowsAsync<McpToolException>(async () => await tools["slow"].InvokeAsync());

        Assert.Equal(("in-process", "slow", McpFailure.TimedOut), (e.Server, e.Tool, e.Failure));
        Assert.Contains("00:00:09", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_CallerCancels_IsCancelled()
    {
        using var cancel = new CancellationTokenSource();
        await using var server = new InProcessServer(("slow", async (CancellationToken ct) =>
        {
            await cancel.CancelAsync();
            return await Never(ct);
        }));
        await using var tools = await server.ConnectAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await tools["slow"].InvokeAsync(cancellationToken: cancel.Token));
    }

    [Fact]
    public async Task Call_ServerDiesMeanwhile_FailsAndStaysFailed()
    {
        InProcessServer? self = null;
        await using var server = self = new InProcessServer(("suicide", async (CancellationToken ct) =>
        {
            self!.Die();
            return await Never(ct);
        }));
        await using var tools = await server.ConnectAsync();

        for (var i = 0; i < 2; i++)
        {
            var e = await Assert.ThrowsAsync<McpToolException>(async () => await tools["suicide"].InvokeAsync());
            Assert.Equal(McpFailure.ServerExited, e.Failure);
        }
    }

    [Fact]
    public async Task Call_ManyAtOnce_EachGetsItsOwnAnswer()
    {
        await using var server = new InProcessServer(("echo", (int x) => x));
        await using var tools = await server.ConnectAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i => ToolResult.From(await tools["echo"].InvokeAsync(new() { ["x"] = i })).Text));

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i}"), answers);
    }

    [Fact]
    public async Task Call_AfterDisposal_SaysSo()
    {
        await using var server = new InProcessServer(("echo", (int x) => x));
        var tools = await server.ConnectAsync();
        await tools.DisposeAsync();

        var e = await Assert.ThrowsAsync<McpToolException>(async () => await tools["echo"].InvokeAsync(new() { ["x"] = 1 }));
        Assert.Contains("disposed", e.Message, StringComparison.Ordinal);
    }

    private static async Task<string> Never(CancellationToken cancellationToken)
    {
        var never = new TaskCompletionSource<string>();
        await using var _ = cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
        return await never.Task;
    }
}
