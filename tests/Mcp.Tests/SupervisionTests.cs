using System.Diagnostics;
using System.Globalization;
using AgentTeams.Samples;

namespace AgentTeams.Tests;

/// <summary>Servers that start late, end early, do not want to end, or leave others behind. They are shell scripts, so the tests need a Unix shell.</summary>
public sealed class SupervisionTests : IDisposable
{
    private const string Answers = """
        while read -r line; do
          id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
          case $line in
            *'"server/discover"'*) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"unknown"}}\n' "$id" ;;
            *'"initialize"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"sh","version":"1"}}}\n' "$id" ;;
            *'"tools/list"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"tools":[{"name":"act","inputSchema":{"type":"object"}}]}}\n' "$id" ;;
            *'"tools/call"'*) eval "$ACT"; printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"done"}]}}\n' "$id" ;;
            *'"ping"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{}}\n' "$id" ;;
          esac
        done
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [UnixFact]
    public async Task Dispose_ServerLeftAChildThatIgnoresSignals_KillsBoth()
    {
        var file = Path.Combine(_folder, "pids");
        // The child's parent ends at once, so that the child hangs from no tree.
        var script = $"(sh -c 'trap \"\" TERM HUP INT; echo $$ >> {file}; while :; do read -r x < /dev/zero; done' > /dev/null 2>&1 < /dev/null &) ; echo $$ >> {file}; while [ $(wc -l < {file}) -lt 2 ]; do :; done\n{Answers}";
        await using (var server = await McpToolset.ConnectStdioAsync(Script(script)))
        {
            Assert.Equal("done", ToolResult.From(await server["act"].InvokeAsync()).Text);
        }

        var ids = (await File.ReadAllLinesAsync(file)).Select(l => int.Parse(l, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(2, ids.Count);
        Assert.All(ids, id => Assert.False(IsRunning(id)));
    }

    [UnixFact]
    public async Task Dispose_ServerIgnoresItsClosedInput_IsKilledAfterTheGrace()
    {
        var file = Path.Combine(_folder, "pids");
        await using (await McpToolset.ConnectStdioAsync(Script($"trap '' TERM; echo $$ > {file}\n{Answers}\nwhile :; do sleep 1; done") with { ShutdownTimeout = TimeSpan.FromMilliseconds(50) }))
        {
        }

        Assert.False(IsRunning(int.Parse(await File.ReadAllTextAsync(file), CultureInfo.InvariantCulture)));
    }

    [UnixFact]
    public async Task Start_ServerNeverAnswersNorEnds_TakesAsLongAsTheTimeout()
    {
        var clock = new TestClock();
        var file = Path.Combine(_folder, "pids");
        // The end of its input, which an orderly end would begin with, means nothing to it, and the grace would be longer than any test.
        var starting = McpToolset.ConnectStdioAsync(Script($"trap '' TERM; echo $$ > {file}; echo warming up>&2; while :; do sleep 1; done") with
        {
            StartTimeout = TimeSpan.FromSeconds(2), ShutdownTimeout = TimeSpan.FromHours(1), TimeProvider = clock,
        });
        while (!File.Exists(file) || new FileInfo(file).Length == 0) await Task.Yield();
        clock.Advance(TimeSpan.FromSeconds(2));

        var e = await Assert.ThrowsAsync<McpToolException>(() => starting.WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Equal(McpFailure.TimedOut, e.Failure);
        Assert.Contains("'sh'", e.Message, StringComparison.Ordinal);
        var id = int.Parse(await File.ReadAllTextAsync(file), CultureInfo.InvariantCulture);
        while (IsRunning(id)) await Task.Yield();
    }

    [UnixFact]
    public async Task Start_ServerEndsAtAnyMoment_AlwaysSaysCommandCodeAndWords()
    {
        // The moments at which its end meets the client's first messages differ from one to the next.
        for (var i = 0; i < 25; i++)
        {
            var reads = i % 3 == 0 ? "" : i % 3 == 1 ? "read -r a; " : "read -r a; echo nonsense; ";
            var e = await Assert.ThrowsAsync<McpToolException>(() => McpToolset.ConnectStdioAsync(Script($"{reads}echo key {i} is missing>&2; exit {i + 1}")));

            Assert.Equal(McpFailure.NotStarted, e.Failure);
            Assert.Contains("'sh'", e.Message, StringComparison.Ordinal);
            Assert.Contains($"exit code was {i + 1}.", e.Message, StringComparison.Ordinal);
            Assert.Contains($"key {i} is missing", e.Message, StringComparison.Ordinal);
        }
    }

    [UnixFact]
    public async Task Call_ServerCannotBeStartedAgainAtFirst_IsTriedWithGrowingDelays()
    {
        var clock = new TestClock();
        using var log = new TestLog();
        var (down, starts) = (Path.Combine(_folder, "down"), Path.Combine(_folder, "starts"));
        await using var server = await McpToolset.ConnectStdioAsync(
            Script($"echo start >> {starts}; [ -e {down} ] && exit 7\n{Answers}", $"[ -e {down} ] && exit 1") with { TimeProvider = clock, LoggerFactory = log, MaxRestarts = 3 });
        await File.WriteAllTextAsync(down, "");
        await Assert.ThrowsAsync<McpToolException>(async () => await server["act"].InvokeAsync());

        var call = server["act"].InvokeAsync().AsTask();
        while (log.Messages.Count(m => m.Contains("connected to again", StringComparison.Ordinal)) < 2)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1);
        }

        File.Delete(down);
        while (!call.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1);
        }

        Assert.Equal("done", ToolResult.From(await call).Text);
        Assert.Equal(4, (await File.ReadAllLinesAsync(starts)).Length);
    }

    [UnixFact]
    public async Task Ping_ServerIsGone_SaysSoAndTheNextCallStartsItAgain()
    {
        var file = Path.Combine(_folder, "pids");
        await using var server = await McpToolset.ConnectStdioAsync(Script($"echo $$ > {file}\n{Answers}"));
        Assert.True(await server.PingAsync());
        using (var process = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(file), CultureInfo.InvariantCulture)))
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        Assert.Equal("done", ToolResult.From(await AnsweredAsync(server)).Text);
    }

    [Fact]
    public async Task Idle_ServerIsAskedWhetherItIsThere_AndLostWhereItDoesNotAnswer()
    {
        var clock = new TestClock();
        using var log = new TestLog();
        await using var server = new RawServer(RawServer.Tool("look"), "{}") { Answers = new Dictionary<string, Func<string?, string>> { ["ping"] = _ => "{}" } };
        await using var tools = await server.ConnectAsync(o => o with { TimeProvider = clock, PingInterval = TimeSpan.FromMinutes(1), LoggerFactory = log });

        clock.Advance(TimeSpan.FromMinutes(1));
        await server.ReceiveAsync("ping").WaitAsync(TimeSpan.FromSeconds(30));

        Assert.True(await tools.PingAsync());
        Assert.DoesNotContain(log.Messages, m => m.Contains("did not answer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Call_ServerDiesAgainAndAgainUnderManyCalls_EachEndsWithAnAnswerOrTyped()
    {
        await using var server = await McpToolset.ConnectStdioAsync(CalculatorServer.Options("--exit-on", "13") with { MaxRestarts = 100 });
        var random = new SeedKey(13).ToRandom();
        for (var round = 0; round < 10; round++)
        {
            var deadly = random.Next(50);
            var calls = Enumerable.Range(0, 50).Select(async i =>
            {
                try
                {
                    var answer = ToolResult.From(await server["calculate"].InvokeAsync(new() { ["expression"] = i == deadly ? "13" : $"{i}+100" })).Text;
                    Assert.Equal($"{i + 100}", answer);
                    return true;
                }
                catch (McpToolException e) when (e.Failure == McpFailure.ServerExited)
                {
                    return false;
                }
            });
            Assert.Contains(false, await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(60)));
        }

        Assert.Equal("4", ToolResult.From(await server["calculate"].InvokeAsync(new() { ["expression"] = "2+2" })).Text);
    }

    /// <summary>The client may hear of the end with the next call only.</summary>
    private static async Task<object?> AnsweredAsync(McpToolset server)
    {
        try
        {
            return await server["act"].InvokeAsync();
        }
        catch (McpToolException e) when (e.Failure == McpFailure.ServerExited)
        {
            return await server["act"].InvokeAsync();
        }
    }

    private static McpStdioOptions Script(string script, string act = ":") =>
        new() { Name = "shell", Command = "sh", Arguments = ["-c", script], EnvironmentVariables = new Dictionary<string, string?> { ["ACT"] = act } };

    // What was killed and not yet waited for is no more running than what is gone.
    private static bool IsRunning(int id)
    {
        try
        {
            return OperatingSystem.IsLinux()
                ? File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1][0] is not ('Z' or 'X')
                : !Process.GetProcessById(id).HasExited;
        }
        catch (Exception e) when (e is ArgumentException or IOException)
        {
            return false;
        }
    }

    private sealed class UnixFactAttribute : FactAttribute
    {
        public UnixFactAttribute() => Skip = OperatingSystem.IsLinux() ? null : "Needs Linux, where processes are found by their mark.";
    }
}
