using System.Diagnostics;
using System.Text;

namespace AgentTeams.Servers;

/// <summary>One program, shut in, watched, and ended with all that it started.</summary>
internal sealed class SandboxProcess(RunnerOptions options, TimeProvider time) : IDisposable
{
    // Often enough that what all processes have together stays near the limit.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // What a program without any of its own variables needs, and what finds the programs of the isolation.
    private static readonly Dictionary<string, string> Variables = new() { ["PATH"] = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", ["HOME"] = "/tmp", ["TMPDIR"] = "/tmp", ["LANG"] = "C.UTF-8" };

    private readonly CancellationTokenSource _stop = new();
    private int _reason;

    /// <summary>Runs a job to its end, or to the end of its time or output.</summary>
    /// <exception cref="SandboxException">The isolation cannot be started.</exception>
    public async Task<SandboxExit> RunAsync(Isolation isolation, SandboxJob job, string token, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var folder = Directory.CreateTempSubdirectory("code-runner-").FullName;
        try
        {
            var layout = SandboxLayout.Create(folder, job, options);
            using var process = await StartAsync(isolation, isolation.Wrap(layout, Isolation.Limit(job, options, job.Command)), job);
            return await WatchAsync(process, job, token, cancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public void Dispose() => _stop.Dispose();

    private static async Task<Process> StartAsync(Isolation isolation, IReadOnlyList<string> command, SandboxJob job)
    {
        var info = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        info.Environment.Clear();
        foreach (var (name, value) in Variables.Concat(job.Environment)) info.Environment[name] = value;
        try
        {
            return await Launcher.StartAsync(info);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new SandboxException($"'{command[0]}' of the isolation {isolation.Name} does not start: {e.Message}", e);
        }
    }

    private async Task<SandboxExit> WatchAsync(Process process, SandboxJob job, string token, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var output = new OutputCapture(options.OutputBytes, () => Stop(SandboxStop.Output));
        var reading = output.ReadAsync(process.StandardOutput.BaseStream, process.StandardError.BaseStream);
        var writing = WriteAsync(process, token + job.StandardInput);
        var most = 0;
        using var wall = new CancellationTokenSource(options.WallTime, time);
        await using var late = wall.Token.Register(() => Stop(SandboxStop.WallTime));
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, cancellationToken);
        try
        {
            var exit = process.WaitForExitAsync(ends.Token);
            using var timer = new PeriodicTimer(Pause, time);
            var tick = timer.WaitForNextTickAsync(ends.Token).AsTask();
            while (await Task.WhenAny(exit, tick) == tick && await tick)
            {
                var (tasks, bytes) = ProcessTree.Measure(process.Id);
                most = Math.Max(most, tasks);
                if (bytes > options.MemoryBytes + job.ExtraMemoryBytes) Stop(SandboxStop.Memory);
                tick = timer.WaitForNextTickAsync(ends.Token).AsTask();
            }

            await exit;
        }
        catch (OperationCanceledException)
        {
            most = Math.Max(most, ProcessTree.Measure(process.Id).Tasks);
        }

        var duration = time.GetElapsedTime(started);
        // Its namespace's first process dies with it, and all others with that one; until the last has closed its output this goes on.
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None);
        await reading;
        await writing;
        cancellationToken.ThrowIfCancellationRequested();
        return new(process.ExitCode, (SandboxStop)Volatile.Read(ref _reason), output.Stdout, output.Stderr, duration, most);
    }

    private void Stop(SandboxStop reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)SandboxStop.None) == (int)SandboxStop.None) _stop.Cancel();
    }

    private static async Task WriteAsync(Process process, string text)
    {
        try
        {
            var input = process.StandardInput.BaseStream;
            await input.WriteAsync(Encoding.UTF8.GetBytes(text));
            await input.FlushAsync();
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A program need not read.
        }
    }
}
