namespace AgentTeams.Servers;

/// <summary>Finds an isolation that works on this machine, by running something in it.</summary>
internal sealed class IsolationChoice(RunnerOptions options, TimeProvider time) : IDisposable
{
    // Whatever calls may use: what is asked here is whether the isolation works at all.
    private static readonly RunnerOptions Probe = new();

    private readonly SemaphoreSlim _gate = new(1);
    private Isolation? _found;

    /// <summary>The isolation to use. What was found stays; what was missing is looked for again by the next call.</summary>
    /// <exception cref="SandboxException">None works; the message says why and what to do.</exception>
    public async Task<Isolation> GetAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return _found ??= await FindAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async Task<Isolation> FindAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux()) throw new SandboxException("Code is only run on Linux, where namespaces shut it in; nothing was run. Start this server in a Linux machine, container or WSL.");
        Isolation[] wanted = options.Isolation switch
        {
            IsolationKind.Bubblewrap => [new Bubblewrap()],
            IsolationKind.Unshare => [new Unshare()],
            _ => [new Bubblewrap(), new Unshare()],
        };
        var reasons = new List<string>();
        foreach (var isolation in wanted)
        {
            if (await TryAsync(isolation, cancellationToken) is not { } reason) return isolation;
            reasons.Add($"{isolation.Name}: {reason}");
        }

        throw new SandboxException($"Nothing was run: code is never run unless it can be shut in, and that is not possible here ({string.Join("; ", reasons)}). {string.Join(", or ", wanted.Select(i => i.Advice))}; then call again.");
    }

    private async Task<string?> TryAsync(Isolation isolation, CancellationToken cancellationToken)
    {
        if (isolation.Needs.Append("prlimit").FirstOrDefault(n => HostProgram.Find(n) is null) is { } missing) return $"there is no '{missing}'";
        // What is shown inside must be what was asked for: a process of its own namespace that sees no home.
        var job = new SandboxJob { Command = ["sh", "-c", "read token; test -d /code && ! test -e /etc/passwd && echo \"$token $(ls -d /proc/[0-9]* | wc -l)\""], StandardInput = "\n" };
        try
        {
            using var process = new SandboxProcess(Probe, time);
            var exit = await process.RunAsync(isolation, job, "probe", cancellationToken);
            var said = System.Text.Encoding.UTF8.GetString(exit.Stdout);
            if (exit.ExitCode == 0 && said.StartsWith("probe ", StringComparison.Ordinal)) return null;
            var error = System.Text.Encoding.UTF8.GetString(exit.Stderr).Trim();
            return exit.Stop == SandboxStop.WallTime ? "it did not answer in time" : error.Length > 0 ? error.ReplaceLineEndings(" ") : $"it ended with exit code {exit.ExitCode}";
        }
        catch (SandboxException e)
        {
            return e.Message;
        }
    }
}
