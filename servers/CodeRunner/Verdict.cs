using System.Globalization;
using System.Text;

namespace AgentTeams.Servers;

/// <summary>Says what an end was: from what stopped it, from what the harness told, and else from its exit code.</summary>
internal static class Verdict
{
    private const int Killed = 128 + 9, Aborted = 128 + 6, CpuTime = 128 + 24, FileSize = 128 + 25;

    public static RunResult Of(SandboxExit exit, SandboxJob job, string token, bool tested, string isolation, RunnerOptions options)
    {
        var report = HarnessReport.Read(exit.Stderr, token);
        if (!report.Started && exit.Stop == SandboxStop.None)
            throw new SandboxException(Invariant($"The interpreter did not start in its sandbox ({isolation}, exit code {exit.ExitCode}): {Encoding.UTF8.GetString(report.Stderr).Trim()} Allow more memory or processes, or name another interpreter."));
        var (outcome, explanation, denied, inferred) = Judge(exit, job, report, tested, options);
        var (stdout, stdoutCut) = OutputText.Cut(exit.Stdout, options.TextBytes);
        var (stderr, stderrCut) = OutputText.Cut(report.Stderr, options.TextBytes);
        return new()
        {
            Outcome = outcome,
            Explanation = explanation,
            Denied = denied,
            Inferred = inferred,
            TestsPassed = tested ? report.End?.Passed : null,
            TestsFailed = tested ? report.End?.Failed : null,
            Stdout = stdout,
            StdoutTruncated = stdoutCut || exit.Stop == SandboxStop.Output,
            Stderr = stderr,
            StderrTruncated = stderrCut || exit.Stop == SandboxStop.Output,
            ExitCode = exit.Stop == SandboxStop.None ? exit.ExitCode : null,
            Seconds = Math.Round(exit.Duration.TotalSeconds, 3),
            Isolation = isolation,
        };
    }

    private static (RunOutcome Outcome, string Explanation, string? Denied, bool Inferred) Judge(SandboxExit exit, SandboxJob job, HarnessReport report, bool tested, RunnerOptions options)
    {
        var megabytes = options.MemoryBytes / (1024 * 1024);
        switch (exit.Stop)
        {
            case SandboxStop.Output:
                return (RunOutcome.OutputLimit, Invariant($"The code was stopped after writing {options.OutputBytes} bytes."), null, false);
            case SandboxStop.Memory:
                return (RunOutcome.MemoryLimit, Invariant($"The code was stopped: its processes together had more than {megabytes} MB of memory."), null, false);
            case SandboxStop.WallTime when report.End is { Outcome: not (RunOutcome.Completed or RunOutcome.Passed) } first:
                return (first.Outcome, Invariant($"{Explain(first, megabytes, options)} What it had started was stopped after {options.WallTime.TotalSeconds} s."), first.Denied, first.Inferred);
            case SandboxStop.WallTime when exit.MostTasks >= Isolation.Tasks(job, options) - 1:
                return (RunOutcome.ProcessLimit, Invariant($"The code was stopped after {options.WallTime.TotalSeconds} s; as many processes were running as are allowed ({options.Processes})."), null, true);
            case SandboxStop.WallTime:
                return (RunOutcome.TimedOut, Invariant($"The code was stopped after {options.WallTime.TotalSeconds} s."), null, false);
        }

        // An exit by a signal is certain; what the harness told before it, it told of a code that still ran.
        if (exit.ExitCode == CpuTime) return (RunOutcome.CpuLimit, Invariant($"A process used its {options.CpuSeconds} s of processor time (SIGXCPU)."), null, false);
        if (exit.ExitCode == FileSize) return (RunOutcome.ScratchLimit, Invariant($"A file grew beyond {options.ScratchBytes} bytes (SIGXFSZ)."), null, false);
        if (report.End is { } end) return (end.Outcome, Explain(end, megabytes, options), end.Denied, end.Inferred);
        if (exit.ExitCode == Killed && exit.Duration.TotalSeconds >= options.CpuSeconds) return (RunOutcome.CpuLimit, Invariant($"The code was killed (SIGKILL) after {options.CpuSeconds} s of processor time or more, probably at that limit."), null, true);
        if (exit.ExitCode == Killed) return (RunOutcome.MemoryLimit, "The code was killed (SIGKILL) from outside, probably because the machine ran out of memory; or it killed itself.", null, true);
        if (exit.ExitCode == Aborted && Encoding.UTF8.GetString(report.Stderr) is var said && (said.Contains("out of memory", StringComparison.OrdinalIgnoreCase) || said.Contains("OutOfMemory", StringComparison.Ordinal)))
            return (RunOutcome.MemoryLimit, Invariant($"The interpreter gave up (SIGABRT) for want of memory; {megabytes} MB are allowed."), null, true);
        if (exit.ExitCode > 128) return (RunOutcome.Error, Invariant($"The code was ended by signal {exit.ExitCode - 128}."), null, false);
        if (tested) return (RunOutcome.Error, Invariant($"The code left with exit code {exit.ExitCode} before the tests were done."), null, false);
        return (exit.ExitCode == 0 ? RunOutcome.Completed : RunOutcome.Error, Invariant($"The code left with exit code {exit.ExitCode}."), null, false);
    }

    private static string Explain(HarnessEnd end, long megabytes, RunnerOptions options)
    {
        var hint = end.Outcome switch
        {
            RunOutcome.MemoryLimit => Invariant($"The code asked for more memory than the {megabytes} MB allowed."),
            RunOutcome.ProcessLimit => Invariant($"The code started more processes or threads than the {options.Processes} allowed."),
            RunOutcome.ScratchLimit => Invariant($"The scratch folder holds {options.ScratchBytes} bytes."),
            RunOutcome.Denied => end.Denied switch
            {
                "network" => "The sandbox has no network.",
                "file_read" => "The sandbox shows no files but the interpreter's and those of its scratch folder /tmp.",
                "file_write" => "The sandbox can be written only in its scratch folder /tmp.",
                _ => "The sandbox shows no processes but its own.",
            },
            RunOutcome.Passed => "All tests passed.",
            RunOutcome.Completed => "The code ran to its end.",
            _ => "",
        };
        return $"{hint} {end.Text}".Trim();
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
