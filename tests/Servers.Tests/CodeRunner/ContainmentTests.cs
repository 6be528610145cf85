using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace AgentTeams.Tests;

/// <summary>What code may not do, it cannot do; that is what its result says, and nothing of it is left.</summary>
[Collection(SandboxTests.Name)]
public sealed class ContainmentTests
{
    [SandboxFact(IsolationKind.Bubblewrap)]
    public void Bubblewrap_OnThisMachine_IsAmongThoseTested() => Assert.Contains(IsolationKind.Bubblewrap, Sandboxes.Usable);

    [SandboxFact(IsolationKind.Unshare)]
    public void Unshare_OnThisMachine_IsAmongThoseTested() => Assert.Contains(IsolationKind.Unshare, Sandboxes.Usable);

    [SandboxTheory(CodeLanguage.Python)]
    [Isolations("import os\nwhile True: os.fork()", "process_limit")]
    [Isolations("import threading, time\nfor _ in range(99): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()", "process_limit")]
    [Isolations("x = bytearray(10 ** 10)", "memory_limit")]
    [Isolations("import os, time\nfor _ in range(6):\n  if os.fork() == 0: x = bytearray(60_000_000); time.sleep(60)\ntime.sleep(60)", "memory_limit")]
    [Isolations("while True: pass", "cpu_limit")]
    [Isolations("import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass", "cpu_limit")]
    [Isolations("for _ in range(1 << 20): print('x' * 1024)", "output_limit")]
    [Isolations("import sys\nwhile True: sys.stderr.write('x' * 1024)", "output_limit")]
    [Isolations("open('big', 'wb').write(b'x' * 10 ** 8)", "scratch_limit")]
    [Isolations("while True:\n  for i in range(99): open(str(i), 'wb').write(b'x' * 10 ** 6)", "scratch_limit")]
    internal Task Python_BeyondALimit_IsStoppedAtThatLimit(IsolationKind isolation, string code, string outcome) => AssertAsync(isolation, CodeLanguage.Python, code, outcome);

    [SandboxTheory(CodeLanguage.JavaScript)]
    [Isolations("for (let i = 0; i < 99; i++) require('child_process').spawn('sleep', ['60'])", "process_limit")]
    [Isolations("const a = []; while (true) a.push(new Array(1e5).fill(1.5))", "memory_limit")]
    [Isolations("Buffer.alloc(4e9).fill(1)", "memory_limit")]
    [Isolations("while (true);", "cpu_limit")]
    [Isolations("while (true) console.log('x'.repeat(1024))", "output_limit")]
    [Isolations("require('fs').writeFileSync('big', Buffer.alloc(2e7))", "scratch_limit")]
    internal Task JavaScript_BeyondALimit_IsStoppedAtThatLimit(IsolationKind isolation, string code, string outcome) => AssertAsync(isolation, CodeLanguage.JavaScript, code, outcome);

    [SandboxTheory(CodeLanguage.CSharp)]
    [Isolations("while (true) System.Diagnostics.Process.Start(\"sleep\", \"60\");", "process_limit")]
    [Isolations("var l = new List<byte[]>(); while (true) { l.Add(new byte[1 << 20]); Array.Fill(l[^1], (byte)1); }", "memory_limit")]
    [Isolations("while (true);", "cpu_limit")]
    [Isolations("while (true) Console.WriteLine(new string('x', 1024));", "output_limit")]
    [Isolations("File.WriteAllBytes(\"big\", new byte[20_000_000]);", "scratch_limit")]
    internal Task CSharp_BeyondALimit_IsStoppedAtThatLimit(IsolationKind isolation, string code, string outcome) => AssertAsync(isolation, CodeLanguage.CSharp, code, outcome);

    [SandboxTheory(CodeLanguage.Python)]
    [Isolations(CodeLanguage.Python, "import time; time.sleep(60)", "timed_out")]
    [Isolations(CodeLanguage.Python, "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass", "process_limit")]
    [Isolations(CodeLanguage.Python, "import threading, time\nfor _ in range(99): threading.Thread(target=time.sleep, args=(60,)).start()", "process_limit")]
    [Isolations(CodeLanguage.JavaScript, "setTimeout(() => {}, 60000)", "timed_out")]
    [Isolations(CodeLanguage.CSharp, "Thread.Sleep(60000);", "timed_out")]
    internal async Task Time_IsOver_EverythingIsStopped(IsolationKind isolation, CodeLanguage language, string code, string outcome)
    {
        if (Sandboxes.Reason(language, isolation) is not null) return;
        await AssertAsync(isolation, language, code, outcome, wallSeconds: 1.5);
    }

    [SandboxTheory(CodeLanguage.Python)]
    [Isolations(CodeLanguage.Python, "import socket; socket.create_connection(('127.0.0.1', PORT))")]
    [Isolations(CodeLanguage.Python, "import urllib.request; urllib.request.urlopen('http://localhost.invalid:PORT')")]
    [Isolations(CodeLanguage.JavaScript, "require('net').connect(PORT, '127.0.0.1')")]
    [Isolations(CodeLanguage.CSharp, "new System.Net.Sockets.TcpClient(\"127.0.0.1\", PORT);")]
    internal async Task Network_Connection_IsDenied(IsolationKind isolation, CodeLanguage language, string code)
    {
        if (Sandboxes.Reason(language, isolation) is not null) return;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        await AssertAsync(isolation, language, code.Replace("PORT", $"{((IPEndPoint)listener.LocalEndpoint).Port}", StringComparison.Ordinal), "denied", "network");

        Assert.False(listener.Pending());
    }

    [SandboxTheory(CodeLanguage.Python)]
    [Isolations(CodeLanguage.Python, "print(open('SECRET').read())", "file_read")]
    [Isolations(CodeLanguage.Python, "import os; os.symlink('SECRET', 'link'); print(open('link').read())", "file_read")]
    [Isolations(CodeLanguage.Python, "import os; print(open('../../../../../..SECRET').read())", "file_read")]
    [Isolations(CodeLanguage.Python, "open('SECRET', 'w').write('lost')", "file_write")]
    [Isolations(CodeLanguage.Python, "import os; os.symlink('SECRET', 'link'); open('link', 'w').write('lost')", "file_write")]
    [Isolations(CodeLanguage.Python, "open('/usr/lib/x', 'w')", "file_write")]
    [Isolations(CodeLanguage.Python, "open('/code/main.py', 'w')", "file_write")]
    [Isolations(CodeLanguage.JavaScript, "console.log(require('fs').readFileSync('SECRET', 'utf8'))", "file_read")]
    [Isolations(CodeLanguage.JavaScript, "require('fs').symlinkSync('SECRET', 'link'); console.log(require('fs').readFileSync('link', 'utf8'))", "file_read")]
    [Isolations(CodeLanguage.JavaScript, "require('fs').writeFileSync('/etc/x', '')", "file_write")]
    [Isolations(CodeLanguage.CSharp, "Console.WriteLine(File.ReadAllText(\"/etc/passwd\"));", "file_read")]
    [Isolations(CodeLanguage.CSharp, "File.CreateSymbolicLink(\"link\", \"/etc/passwd\"); Console.WriteLine(File.ReadAllText(\"link\"));", "file_read")]
    [Isolations(CodeLanguage.CSharp, "File.WriteAllText(\"/usr/x\", \"\");", "file_write")]
    internal async Task Files_Outside_AreDenied(IsolationKind isolation, CodeLanguage language, string code, string denied)
    {
        if (Sandboxes.Reason(language, isolation) is not null) return;
        // Not in /tmp, whose name inside is the scratch folder's.
        var secret = $"/var/tmp/servers-tests-{Guid.NewGuid():n}";
        await File.WriteAllTextAsync(secret, "the secret");

        var result = await AssertAsync(isolation, language, code.Replace("SECRET", secret, StringComparison.Ordinal), "denied", denied);

        Assert.DoesNotContain("the secret", result.Stdout, StringComparison.Ordinal);
        Assert.Equal("the secret", await File.ReadAllTextAsync(secret));
        File.Delete(secret);
    }

    [SandboxTheory(CodeLanguage.Python)]
    [Isolations(CodeLanguage.Python, "import os; os.kill(PID, 9)")]
    [Isolations(CodeLanguage.JavaScript, "process.kill(PID, 'SIGKILL')")]
    [Isolations(CodeLanguage.CSharp, "System.Diagnostics.Process.GetProcessById(PID).Kill();")]
    internal async Task Signal_ToAnotherProcess_IsDenied(IsolationKind isolation, CodeLanguage language, string code)
    {
        if (Sandboxes.Reason(language, isolation) is not null) return;
        using var other = Process.Start("sleep", "300");

        await AssertAsync(isolation, language, code.Replace("PID", $"{other.Id}", StringComparison.Ordinal), "denied", "signal");

        Assert.False(other.HasExited);
        other.Kill();
    }

    [SandboxTheory(CodeLanguage.Python)]
    [Isolations]
    internal async Task Environment_OfTheServer_IsNotSeen(IsolationKind isolation)
    {
        Environment.SetEnvironmentVariable("SERVERS_TESTS_KEY", "a secret key");
        var code = "import os, glob\nprint(dict(os.environ))\nfor f in glob.glob('/proc/*/environ'):\n  try: print(open(f).read())\n  except OSError: pass\nprint(os.listdir('/'), os.path.exists('/home'), os.path.exists('/etc/passwd'))";

        var result = await AssertAsync(isolation, CodeLanguage.Python, code, "completed");

        Assert.DoesNotContain("SERVERS_TESTS_KEY", result.Stdout, StringComparison.Ordinal);
        Assert.EndsWith("False False\n", result.Stdout, StringComparison.Ordinal);
    }

    [SandboxTheory(CodeLanguage.Python)]
    [Isolations]
    internal async Task Privileges_Inside_AreNone(IsolationKind isolation)
    {
        var code = "import subprocess\nprint([l.split()[1] for l in open('/proc/self/status') if l.startswith('CapEff') or l.startswith('NoNewPrivs')])\n"
            + "print(subprocess.run(['unshare', '--user', 'true'], capture_output=True).returncode != 0, subprocess.run(['mount', '-t', 'tmpfs', 'x', '/tmp'], capture_output=True).returncode != 0)";

        var result = await AssertAsync(isolation, CodeLanguage.Python, code, "completed");

        Assert.Equal("['0000000000000000', '1']\nTrue True\n", result.Stdout);
    }

    [SandboxTheory(CodeLanguage.Python)]
    [Isolations]
    internal async Task Scratch_OfACall_IsEmptyForTheNext(IsolationKind isolation)
    {
        var code = "import os; print(os.listdir('/tmp')); open('/tmp/left', 'w').write('x')";

        await AssertAsync(isolation, CodeLanguage.Python, code, "completed");

        Assert.Equal("[]\n", (await AssertAsync(isolation, CodeLanguage.Python, code, "completed")).Stdout);
    }

    [SandboxTheory(CodeLanguage.Python)]
    [Isolations]
    internal async Task Daemons_OfCodeThatEnded_AreGone(IsolationKind isolation)
    {
        var code = "import subprocess; subprocess.Popen(['sleep', '300'], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); print('left')";

        var result = await AssertAsync(isolation, CodeLanguage.Python, code, "completed");

        Assert.Equal("left\n", result.Stdout);
    }

    private static async Task<RunResult> AssertAsync(IsolationKind isolation, CodeLanguage language, string code, string outcome, string? denied = null, double wallSeconds = 20)
    {
        using var runner = new CodeRunner(Sandboxes.Small with { Isolation = isolation, WallTime = TimeSpan.FromSeconds(wallSeconds) });
        var result = await runner.RunAsync(new(language, code));
        Assert.True((outcome, denied) == (OutcomeName(result), result.Denied), $"{OutcomeName(result)} {result.Denied}: {result.Explanation}\n{result.Stderr}");
        Assert.Equal($"{isolation}", result.Isolation, ignoreCase: true);
        Assert.Empty(SandboxFolder.Processes());
        Assert.Empty(Directory.EnumerateDirectories(SandboxFolder.Path, "code-runner-*"));
        return result;
    }

    private static string OutcomeName(RunResult result) => System.Text.Json.JsonSerializer.SerializeToElement(result.Outcome).GetString()!;
}
