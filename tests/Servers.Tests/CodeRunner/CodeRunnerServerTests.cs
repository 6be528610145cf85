using System.Diagnostics;
using ModelContextProtocol.Client;

namespace AgentTeams.Tests;

/// <summary>The server as it is started by anyone.</summary>
[Collection(SandboxTests.Name)]
public sealed class CodeRunnerServerTests
{
    [SandboxFact(CodeLanguage.Python)]
    public async Task Tools_OverStdio_RunCodeAndTests()
    {
        await using var server = await McpToolset.ConnectStdioAsync(ServerProcess.Options("CodeRunner"));

        var run = await CallAsync(server, "run_code", new() { ["language"] = "python", ["code"] = "print(6 * 7)" });
        var tests = await CallAsync(server, "run_tests", new()
        {
            ["language"] = "python", ["code"] = "def add(a, b):\n    return a - b", ["tests"] = "def check(f):\n    assert f(1, 0) == 1\n    assert f(1, 1) == 2", ["entry_point"] = "add",
        });

        Assert.Equal(("completed", "42\n"), (Value(run, "outcome"), Value(run, "stdout")));
        Assert.Equal(("failed", "1", "1"), (Value(tests, "outcome"), Value(tests, "tests_passed"), Value(tests, "tests_failed")));
        Assert.False(tests.IsError);
    }

    [Fact]
    public async Task Tools_Listed_SayThatTheyChangeNothingAndWhatTheyAnswer()
    {
        await using var client = await McpClient.CreateAsync(new StdioClientTransport(new() { Command = ServerProcess.Host, Arguments = [ServerProcess.Dll("CodeRunner")] }));

        var tools = await client.ListToolsAsync();

        Assert.Equal(["run_code", "run_tests"], tools.Select(t => t.Name).Order());
        Assert.All(tools, t => Assert.Equal((true, false, true, false), (t.ProtocolTool.Annotations?.ReadOnlyHint, t.ProtocolTool.Annotations?.DestructiveHint, t.ProtocolTool.Annotations?.IdempotentHint, t.ProtocolTool.Annotations?.OpenWorldHint)));
        Assert.All(tools, t => Assert.Contains("\"timed_out\"", t.ReturnJsonSchema.ToString(), StringComparison.Ordinal));
        Assert.All(tools, t => Assert.Contains("[\"python\",\"javascript\",\"csharp\"]", t.JsonSchema.ToString().Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("CodeRunner", "run_code", "language", "cobol", "[\"python\",\"javascript\",\"csharp\"]")]
    [InlineData("CodeRunner", "run_tests", "code", "x", "\"entry_point\"")]
    [InlineData("Retriever", "search", "limit", "few", "\"query\"")]
    [InlineData("Calculator", "calculate", "sum", "1+1", "\"expression\"")]
    public async Task Call_WrongArguments_SaysWhichItTakes(string server, string tool, string argument, string value, string told)
    {
        await using var client = await McpClient.CreateAsync(new StdioClientTransport(new() { Command = ServerProcess.Host, Arguments = [ServerProcess.Dll(server), .. server == "Retriever" ? ["--folder", AppContext.BaseDirectory] : Array.Empty<string>()] }));

        var result = await client.CallToolAsync(tool, new Dictionary<string, object?> { [argument] = value });

        Assert.True(result.IsError);
        Assert.Contains($"not those of '{tool}'", result.Content.OfType<ModelContextProtocol.Protocol.TextContentBlock>().Single().Text, StringComparison.Ordinal);
        Assert.Contains(told, result.Content.OfType<ModelContextProtocol.Protocol.TextContentBlock>().Single().Text.Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_NoIsolationHere_IsRefusedWithInstructions()
    {
        var options = ServerProcess.Options("CodeRunner") with { Command = WhereIs(ServerProcess.Host), EnvironmentVariables = new Dictionary<string, string?> { ["PATH"] = "/nowhere" } };
        await using var server = await McpToolset.ConnectStdioAsync(options);

        var result = await CallAsync(server, "run_code", new() { ["language"] = "csharp", ["code"] = "Console.WriteLine(1);" });

        Assert.True(result.IsError);
        Assert.Contains("Nothing was run", result.Text, StringComparison.Ordinal);
        Assert.Contains("Install bubblewrap", result.Text, StringComparison.Ordinal);
        Assert.Contains("allow user namespaces", result.Text, StringComparison.Ordinal);
    }

    [SandboxFact(CodeLanguage.Python)]
    public async Task Call_GivenUpByTheClient_IsStopped()
    {
        await using var server = await McpToolset.ConnectStdioAsync(ServerProcess.Options("CodeRunner", "--time", "600", "--cpu", "600"));
        using var giveUp = new CancellationTokenSource();
        var call = server["run_code"].InvokeAsync(new() { ["language"] = "python", ["code"] = "import os\nos.fork()\nwhile True: pass" }, giveUp.Token).AsTask();
        await SandboxFolder.UntilAsync(() => SandboxFolder.Processes().Count > 0);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => call);
        await SandboxFolder.UntilAsync(() => SandboxFolder.Processes().Count == 0);
    }

    [SandboxTheory(CodeLanguage.Python)]
    [Isolations]
    internal async Task Server_Killed_TakesItsSandboxesWithIt(IsolationKind isolation)
    {
        using var server = Process.Start(new ProcessStartInfo(ServerProcess.Host, [ServerProcess.Dll("CodeRunner"), "--isolation", $"{isolation}", "--time", "600", "--cpu", "600"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, Environment = { ["TMPDIR"] = SandboxFolder.Path },
        })!;
        await server.StandardInput.WriteLineAsync("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""");
        await server.StandardInput.WriteLineAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        await server.StandardInput.WriteLineAsync("""{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"run_code","arguments":{"language":"python","code":"import os\nos.fork()\nos.setsid() if os.fork() == 0 else 0\nwhile True: pass"}}}""");
        await server.StandardInput.FlushAsync();
        await SandboxFolder.UntilAsync(() => SandboxFolder.Processes().Count > 3);

        server.Kill();

        await SandboxFolder.UntilAsync(() => SandboxFolder.Processes().Count == 0);
    }

    [Theory]
    [InlineData("--memory", "1")]
    [InlineData("--isolation", "none")]
    [InlineData("--languages", "cobol")]
    public async Task Options_OutOfRange_AreRefused(string option, string value)
    {
        using var server = Process.Start(new ProcessStartInfo(ServerProcess.Host, [ServerProcess.Dll("CodeRunner"), option, value]) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true })!;

        var error = await server.StandardError.ReadToEndAsync();

        await server.WaitForExitAsync();
        Assert.NotEqual(0, server.ExitCode);
        Assert.Contains(option, error, StringComparison.Ordinal);
    }

    private static string WhereIs(string program) => HostProgram.Find(program)!;

    private static async Task<ToolResult> CallAsync(McpToolset server, string tool, Dictionary<string, object?> arguments) => ToolResult.From(await server[tool].InvokeAsync(new(arguments)));

    private static string Value(ToolResult result, string name) => result.Json!.Value.GetProperty(name).ToString();
}
