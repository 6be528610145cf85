using System.Globalization;

namespace AgentTeams.Servers;

/// <summary>A way to shut a program in.</summary>
internal abstract class Isolation
{
    public abstract string Name { get; }

    /// <summary>The programs of this machine that it needs.</summary>
    public abstract IReadOnlyList<string> Needs { get; }

    /// <summary>How to come to have it.</summary>
    public abstract string Advice { get; }

    /// <summary>The command that runs another shut in. It ends when its parent does, and all within with it.</summary>
    public IReadOnlyList<string> Wrap(SandboxLayout layout, IReadOnlyList<string> command)
    {
        if (!Environment.IsPrivilegedProcess) return Enclose(layout, command);
        // In a mount namespace of its own; what it mounts is gone with it.
        return ["unshare", "--mount", "--propagation", "private", "--", "sh", "-ec", Stage, "stage", .. layout.Staged.SelectMany(s => new[] { s.Source, s.Target }), "--", .. Enclose(layout, command)];
    }

    /// <summary>The rlimits of the program inside.</summary>
    public static IReadOnlyList<string> Limit(SandboxJob job, RunnerOptions options, IReadOnlyList<string> command)
    {
        var memory = options.MemoryBytes + job.ExtraMemoryBytes;
        return
        [
            // The hard limit, a second later, ends what catches the signal of the soft one.
            "prlimit", Invariant($"--cpu={options.CpuSeconds}:{options.CpuSeconds + 1}"), Invariant($"--data={memory}"),
            .. job.LimitsAddressSpace ? [Invariant($"--as={memory}")] : Array.Empty<string>(),
            Invariant($"--nproc={Tasks(job, options)}"), Invariant($"--fsize={options.ScratchBytes}"), "--core=0", "--nofile=512", "--", .. command,
        ];
    }

    /// <summary>The most processes and threads within, its init and its outer half included.</summary>
    public static int Tasks(SandboxJob job, RunnerOptions options) => options.Processes + job.ExtraProcesses + 3;

    protected abstract IReadOnlyList<string> Enclose(SandboxLayout layout, IReadOnlyList<string> command);

    protected static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private const string Stage = $"""
        while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done
        shift
        exec setpriv --reuid {SandboxLayout.Nobody} --regid {SandboxLayout.Nobody} --clear-groups -- "$@"
        """;
}
