namespace AgentTeams.Tests;

/// <summary>Code under tests: what passes, what does not, and what only seems to.</summary>
[Collection(SandboxTests.Name)]
public sealed class RunTestsTests
{
    private const string Add = "def add(a, b):\n    return a + b\n";
    private const string Check = "def check(candidate):\n    assert candidate(1, 2) == 3\n    for i in range(3):\n        assert candidate(i, 0) == i, 'zero'\n";

    [SandboxTheory(CodeLanguage.Python)]
    [InlineData(Add, Check, "add", "Passed", 4, 0)]
    [InlineData(Add, "assert add(1, 1) == 2\nassert add(1, 1) == 3\nassert add(2, 2) == 4", null, "Failed", 2, 1)]
    [InlineData("def add(a, b):\n    return None", Check, "add", "Failed", 0, 4)]
    [InlineData("def add(a, b):\n    return a - b", Check, "add", "Failed", 3, 1)]
    [InlineData("def add(a, b):\n    return a.x", Check, "add", "Error", 0, 4)]
    [InlineData("def add(a, b):\n    return open('/etc/shadow')", "def check(f):\n    assert f(1, 2)", "add", "Denied", 0, 1)]
    [InlineData(Add, "def check(f):\n    assert f(1, 2) == 3\n    f(1)", "add", "Error", 1, 1)]
    [InlineData("def add(a, b", Check, "add", "SyntaxError", null, null)]
    [InlineData(Add, "assert (", null, "SyntaxError", null, null)]
    [InlineData("def sum(a, b):\n    return a + b", Check, "add", "Error", 0, 1)]
    [InlineData("if __name__ == '__main__':\n    raise ValueError\n" + Add, Check, "add", "Passed", 4, 0)]
    [InlineData("import sys\nsys.exit(0)", Check, "add", "Error", null, null)]
    [InlineData("import os\nos._exit(0)", Check, "add", "Error", null, null)]
    [InlineData("def add(a, b):\n    raise SystemExit(0)", Check, "add", "Error", null, null)]
    internal async Task Python_UnderTests_IsCountedAndJudged(string code, string tests, string? entry, string outcome, int? passed, int? failed)
    {
        var result = await RunAsync(new(CodeLanguage.Python, code, "", tests, entry));

        Assert.Equal((outcome, passed, failed), ($"{result.Outcome}", result.TestsPassed, result.TestsFailed));
    }

    [SandboxTheory(CodeLanguage.JavaScript)]
    [InlineData("function add(a, b) { return a + b; }", "assert.equal(add(1, 2), 3); assert(add(0, 1));", null, "Passed", 2, 0)]
    [InlineData("const add = (a, b) => a + b;", "function check(f) { for (let i = 0; i < 3; i++) assert.deepStrictEqual([f(i, 0)], [i]); }", "add", "Passed", 3, 0)]
    [InlineData("const add = async (a, b) => a + b;", "async function check(f) { assert.equal(await f(1, 2), 3); assert.equal(await f(1, 2), 4); }", "add", "Failed", 1, 1)]
    [InlineData("const add = (a, b) => a - b;", "assert.equal(add(1, 2), 3); assert.equal(add(1, 0), 1);", null, "Failed", 1, 1)]
    [InlineData("const add = (a, b) => a.x.y;", "assert.equal(add(1, 2), 3);", null, "Error", 0, 1)]
    [InlineData("const add = ;", "assert(add);", null, "SyntaxError", null, null)]
    [InlineData("process.exit(0);", "assert(false);", null, "Error", null, null)]
    internal async Task JavaScript_UnderTests_IsCountedAndJudged(string code, string tests, string? entry, string outcome, int? passed, int? failed)
    {
        var result = await RunAsync(new(CodeLanguage.JavaScript, code, "", tests, entry));

        Assert.Equal((outcome, passed, failed), ($"{result.Outcome}", result.TestsPassed, result.TestsFailed));
    }

    [SandboxTheory(CodeLanguage.CSharp)]
    [InlineData("static class Sums { public static int Add(int a, int b) => a + b; }", "Assert.Equal(3, Sums.Add(1, 2)); Assert.True(Sums.Add(0, 0) == 0);", null, "Passed", 2, 0)]
    [InlineData("static class Sums { public static int Add(int a, int b) => a - b; }", "void Check(Func<int, int, int> f) { Assert.Equal(3, f(1, 2)); Assert.Equal([1], new[] { f(1, 0) }); }", "Sums.Add", "Failed", 1, 1)]
    [InlineData("static class Sums { public static int Add(int a, int b) => throw new InvalidOperationException(); }", "Assert.Equal(3, Sums.Add(1, 2));", null, "Error", 0, 1)]
    [InlineData("static class Sums { public static int Add(int a, int b) => a + c; }", "Assert.Equal(3, Sums.Add(1, 2));", null, "SyntaxError", null, null)]
    [InlineData("static class Sums { public static int Add(int a, int b) { Environment.Exit(0); return 3; } }", "Assert.Equal(3, Sums.Add(1, 2));", null, "Error", null, null)]
    internal async Task CSharp_UnderTests_IsCountedAndJudged(string code, string tests, string? entry, string outcome, int? passed, int? failed)
    {
        var result = await RunAsync(new(CodeLanguage.CSharp, code, "", tests, entry));

        Assert.True((outcome, passed, failed) == ($"{result.Outcome}", result.TestsPassed, result.TestsFailed), $"{result}");
    }

    [SandboxTheory(CodeLanguage.Python)]
    [InlineData(CodeLanguage.Python, "print(input() + '!')")]
    [InlineData(CodeLanguage.JavaScript, "console.log(require('fs').readFileSync(0, 'utf8').trim() + '!')")]
    [InlineData(CodeLanguage.CSharp, "Console.WriteLine(Console.ReadLine() + \"!\");")]
    internal async Task Input_OfACall_IsReadByTheCode(CodeLanguage language, string code)
    {
        if (Sandboxes.Reason(language, IsolationKind.Auto) is not null) return;

        var result = await RunAsync(new(language, code, "grüß\n"));

        Assert.Equal((RunOutcome.Completed, "grüß!\n", 0), (result.Outcome, result.Stdout, result.ExitCode));
    }

    [SandboxTheory(CodeLanguage.Python)]
    [InlineData("import sys; sys.exit(3)", "Error", 3)]
    [InlineData("import os; os.kill(os.getpid(), 11)", "Error", 139)]
    [InlineData("import os; os.kill(os.getpid(), 9)", "MemoryLimit", 137)]
    [InlineData("raise ValueError('no')", "Error", 1)]
    [InlineData("assert 1 == 2", "Failed", 1)]
    [InlineData("import os; os.close(2)", "Completed", 0)]
    [InlineData("import os; os._exit(0)", "Completed", 0)]
    internal async Task Exit_OfACode_IsInTheResult(string code, string outcome, int exitCode)
    {
        var result = await RunAsync(new(CodeLanguage.Python, code));

        Assert.Equal((outcome, exitCode), ($"{result.Outcome}", result.ExitCode));
    }

    [SandboxFact(CodeLanguage.Python)]
    public async Task Output_LongerThanItsText_IsCutInTheMiddleAndSaysSo()
    {
        using var runner = new CodeRunner(Sandboxes.Small with { TextBytes = 1000 });

        var result = await runner.RunAsync(new(CodeLanguage.Python, "print('a' * 5000 + 'z')"));

        Assert.True(result.StdoutTruncated);
        Assert.False(result.StderrTruncated);
        Assert.Contains("[... 4002 bytes left out ...]", result.Stdout, StringComparison.Ordinal);
        Assert.EndsWith("z\n", result.Stdout, StringComparison.Ordinal);
    }

    [SandboxFact(CodeLanguage.Python)]
    public async Task Concurrency_OfOne_LaterCallsWaitAndCanBeCancelled()
    {
        using var runner = new CodeRunner(Sandboxes.Small with { Concurrency = 1 });
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var running = runner.RunAsync(new(CodeLanguage.Python, "import time; time.sleep(60)"), first.Token);
        await SandboxFolder.UntilAsync(() => SandboxFolder.Processes().Count > 0);

        var waiting = runner.RunAsync(new(CodeLanguage.Python, "print(1)"), second.Token);
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.False(running.IsCompleted);

        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Empty(SandboxFolder.Processes());
        Assert.Equal("1\n", (await runner.RunAsync(new(CodeLanguage.Python, "print(1)"))).Stdout);
    }

    [SandboxFact(CodeLanguage.CSharp)]
    public async Task Compiling_TakesTooLong_IsTimedOut()
    {
        var clock = new Impatience();
        using var runner = new CodeRunner(Sandboxes.Small, clock);
        Assert.Equal(RunOutcome.Completed, (await runner.RunAsync(new(CodeLanguage.CSharp, "Console.WriteLine(1);"))).Outcome);
        clock.IsOver = true;

        var result = await runner.RunAsync(new(CodeLanguage.CSharp, $"Console.WriteLine({string.Join(" + ", Enumerable.Range(0, 2000))});"));

        Assert.Equal((RunOutcome.TimedOut, ""), (result.Outcome, result.Isolation));
    }

    [Fact]
    public async Task Language_NotAllowed_IsRefused()
    {
        using var runner = new CodeRunner(Sandboxes.Small with { Languages = [CodeLanguage.Python] });

        var e = await Assert.ThrowsAsync<SandboxException>(() => runner.RunAsync(new(CodeLanguage.CSharp, "return;")));

        Assert.Contains("--languages Python", e.Message, StringComparison.Ordinal);
    }

    [SandboxFact(IsolationKind.Auto)]
    public async Task Interpreter_NotHere_IsRefusedWithAdvice()
    {
        using var runner = new CodeRunner(Sandboxes.Small with { Python = "no-such-python" });

        var e = await Assert.ThrowsAsync<SandboxException>(() => runner.RunAsync(new(CodeLanguage.Python, "print(1)")));

        Assert.Contains("--python", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("f(), __import__('os')")]
    [InlineData("f; g")]
    public async Task EntryPoint_IsNoName_IsRefused(string entry)
    {
        using var runner = new CodeRunner(Sandboxes.Small);

        await Assert.ThrowsAsync<SandboxException>(() => runner.RunAsync(new(CodeLanguage.Python, Add, "", Check, entry)));
    }

    private static async Task<RunResult> RunAsync(CodeRequest request)
    {
        using var runner = new CodeRunner(Sandboxes.Small);
        return await runner.RunAsync(request);
    }

    /// <summary>A clock by which, once it is told, every limit is over at once.</summary>
    private sealed class Impatience : TimeProvider
    {
        public bool IsOver { get; set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (IsOver) callback(state);
            return base.CreateTimer(callback, state, IsOver ? Timeout.InfiniteTimeSpan : dueTime, period);
        }
    }
}
