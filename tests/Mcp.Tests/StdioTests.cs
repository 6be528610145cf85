using AgentTeams.Samples;

namespace AgentTeams.Tests;

public sealed class StdioTests
{
    [Fact]
    public async Task Calculator_OverStdio_ComputesCountsAndReportsErrors()
    {
        await using var calculator = await McpToolServer.StartStdioAsync(CalculatorServer.Options());

        Assert.Equal("14", await ComputeAsync(calculator, "2+3*4"));
        var failed = ToolResult.From(await calculator["calculate"].InvokeAsync(new() { ["expression"] = "1/0" }));
        Assert.True(failed.IsError);
        Assert.Contains("Division by zero at position 2", failed.Text, StringComparison.Ordinal);
        Assert.Equal("2", ToolResult.From(await calculator["calls"].InvokeAsync()).Text);
    }

    [Fact]
    public async Task Call_ChildIsDyingMidCall_FailsTypedThenTheNextCallRestartsIt()
    {
        await using var server = await McpToolServer.StartStdioAsync(CalculatorServer.Options("--exit-on", "13"));

        var e = await Assert.ThrowsAsync<McpToolException>(() => ComputeAsync(server, "13"));
        Assert.Equal((McpFailure.ServerExited, "calculate"), (e.Failure, e.Tool));
        Assert.Equal("4", await ComputeAsync(server, "2+2"));
        Assert.Equal("1", ToolResult.From(await server["calls"].InvokeAsync()).Text);
    }

    [Fact]
    public async Task Call_ChildDiesAndRestartIsOff_StaysFailed()
    {
        await using var server = await McpToolServer.StartStdioAsync(CalculatorServer.Options("--exit-on", "13") with { RestartOnExit = false });

        await Assert.ThrowsAsync<McpToolException>(() => ComputeAsync(server, "13"));
        Assert.Equal(McpFailure.ServerExited, (await Assert.ThrowsAsync<McpToolException>(() => ComputeAsync(server, "2"))).Failure);
    }

    [Fact]
    public async Task Workflow_ServerDies_GoesOnWithAnErrorResult()
    {
        await using var server = await McpToolServer.StartStdioAsync(CalculatorServer.Options("--exit-on", "13"));
        var wf = Workflow.Create<Computed>("survives");
        wf.Start(wf.Tool(server["calculate"], s => new { expression = s.Expression }, (s, r) => s with { Failed = r.IsError }, new() { ToolFailureAsResult = true }));

        var result = await wf.Build().RunAsync(new("13"), new() { ChatClients = _ => throw new InvalidOperationException() });

        Assert.True(result.State.Failed);
        Assert.Equal("McpToolException", result.Nodes[0].Error?.Type);
    }

    [Fact]
    public async Task Start_CommandDoesNotExist_NamesTheServer()
    {
        var e = await Assert.ThrowsAsync<McpToolException>(() => McpToolServer.StartStdioAsync(new() { Name = "ghost", Command = "no-such-command-at-all" }));
        Assert.Equal(McpFailure.NotStarted, e.Failure);
        Assert.Contains("ghost", e.Message, StringComparison.Ordinal);
    }

    private static async Task<string> ComputeAsync(McpToolServer server, string expression) =>
        ToolResult.From(await server["calculate"].InvokeAsync(new() { ["expression"] = expression })).Text;

    private sealed record Computed(string Expression, bool Failed = false);
}
