using AgentTeams.Samples;

namespace AgentTeams.Tests;

public sealed class StdioTests
{
    [Fact]
    public async Task Calculator_OverStdio_ComputesCountsAndReportsErrors()
    {
        await using var calculator = await McpToolset.ConnectStdioAsync(CalculatorServer.Options());

        Assert.Equal("14", await ComputeAsync(calculator, "2+3*4"));
        var failed = ToolResult.From(await calculator["calculate"].InvokeAsync(new() { ["expression"] = "1/0" }));
        Assert.True(failed.IsError);
        Assert.Contains("Division by zero at position 2", failed.Text, StringComparison.Ordinal);
        Assert.Equal("2", ToolResult.From(await calculator["calls"].InvokeAsync()).Text);
    }

    [Fact]
    public async Task Call_ChildIsDyingMidCall_FailsTypedThenTheNextCallRestartsIt()
    {
        await using var server = await McpToolset.ConnectStdioAsync(CalculatorServer.Options("--exit-on", "13"));

        var e = await Assert.ThrowsAsync<McpToolException>(() => ComputeAsync(server, "13"));
        Assert.Equal((McpFailure.ServerExited, "calculate"), (e.Failure, e.Tool));
        Assert.Equal("4", await ComputeAsync(server, "2+2"));
        Assert.Equal("1", ToolResult.From(await server["calls"].InvokeAsync()).Text);
    }

    [Fact]
    public async Task Call_ChildDiesAndRestartIsOff_StaysFailed()
    {
        await using var server = await McpToolset.ConnectStdioAsync(CalculatorServer.Options("--exit-on", "13") with { RestartOnExit = false });

        await Assert.ThrowsAsync<McpToolException>(() => ComputeAsync(server, "13"));
        Assert.Equal(McpFailure.ServerExited, (await Assert.ThrowsAsync<McpToolException>(() => ComputeAsync(server, "2"))).Failure);
    }

    [Fact]
    public async Task Workflow_ServerDies_GoesOnWithAnErrorResult()
    {
        await using var server = await McpToolset.ConnectStdioAsync(CalculatorServer.Options("--exit-on", "13"));
        var wf = Workflow.CreateBuilder<Computed>("survives");
        wf.Start(wf.AddTool(server["calculate"], s => new { expression = s.Expression }, (s, r) => s with { Failed = r.IsError }, new() { ToolFailureAsResult = true }));

        var result = await wf.Build().RunAsync(new("13"), new TeamRuntime { ChatClientSelector = _ => throw new InvalidOperationException() });

        Assert.True(result.State.Failed);
        Assert.Equal("McpToolException", result.Nodes[0].Error?.Type);
    }

    [Fact]
    public async Task Start_CommandDoesNotExist_NamesTheServer()
    {
        var e = await Assert.ThrowsAsync<McpToolException>(() => McpToolset.ConnectStdioAsync(new() { Name = "ghost", Command = "no-such-command-at-all" }));
        Assert.Equal(McpFailure.NotStarted, e.Failure);
        Assert.Contains("ghost", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ServerEndsAtOnce_SaysWithWhichCodeAndWords()
    {
        var e = await Assert.ThrowsAsync<McpToolException>(() => McpToolset.ConnectStdioAsync(Shell("echo the key is missing>&2", "exit 3")));

        Assert.Equal(McpFailure.NotStarted, e.Failure);
        Assert.Contains("exit code was 3", e.Message, StringComparison.Ordinal);
        Assert.Contains("the key is missing", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_ServerEnds_SaysWithWhichCode()
    {
        await using var server = await McpToolset.ConnectStdioAsync(CalculatorServer.Options("--exit-on", "13") with { RestartOnExit = false });

        Assert.Contains("exit code was 1", (await Assert.ThrowsAsync<McpToolException>(() => ComputeAsync(server, "13"))).Message, StringComparison.Ordinal);
        Assert.Contains("exit code was 1", (await Assert.ThrowsAsync<McpToolException>(() => ComputeAsync(server, "2"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_Environment_HoldsTheAllowListAndWhatTheOptionsNameOnly()
    {
        Environment.SetEnvironmentVariable("AGENTTEAMS_SECRET", "secret");
        Environment.SetEnvironmentVariable("AGENTTEAMS_NAMED", "named");
        async Task<string> SeenAsync(Func<McpStdioOptions, McpStdioOptions> configure)
        {
            var shell = Shell(OperatingSystem.IsWindows() ? "echo %AGENTTEAMS_SECRET% %AGENTTEAMS_NAMED% %AGENTTEAMS_SET% path=%PATH%>&2" : "echo $AGENTTEAMS_SECRET $AGENTTEAMS_NAMED $AGENTTEAMS_SET path=$PATH>&2", "exit 3");
            return (await Assert.ThrowsAsync<McpToolException>(() => McpToolset.ConnectStdioAsync(configure(shell)))).Message;
        }

        var seen = await SeenAsync(o => o with { InheritedVariables = ["AGENTTEAMS_NAMED"], EnvironmentVariables = new Dictionary<string, string?> { ["AGENTTEAMS_SET"] = "set" } });
        Assert.DoesNotContain("secret", seen, StringComparison.Ordinal);
        Assert.Contains("named set path=", seen, StringComparison.Ordinal);
        Assert.Contains(Environment.GetEnvironmentVariable("PATH")!, seen, StringComparison.Ordinal);
        Assert.Contains("secret named", await SeenAsync(o => o with { InheritEnvironment = true }), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", await SeenAsync(o => o with { InheritEnvironment = true, EnvironmentVariables = new Dictionary<string, string?> { ["AGENTTEAMS_SECRET"] = null } }), StringComparison.Ordinal);
    }

    private static McpStdioOptions Shell(params IEnumerable<string> commands) => OperatingSystem.IsWindows()
        ? new() { Name = "shell", Command = "cmd.exe", Arguments = ["/c", string.Join(" & ", commands)] }
        : new() { Name = "shell", Command = "sh", Arguments = ["-c", string.Join("; ", commands)] };

    private static async Task<string> ComputeAsync(McpToolset server, string expression) =>
        ToolResult.From(await server["calculate"].InvokeAsync(new() { ["expression"] = expression })).Text;

    private sealed record Computed(string Expression, bool Failed = false);
}
