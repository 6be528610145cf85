namespace AgentTeams.Servers;

/// <summary>One program to run shut in.</summary>
internal sealed record SandboxJob
{
    /// <summary>The program and its arguments, as they are named inside.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>What the folder /code holds, which the program may read.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Folders of this machine that it may read, beside the system's own.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>What it reads on its standard input, after the token.</summary>
    public string StandardInput { get; init; } = "";

    /// <summary>The only variables that it has, beside PATH, HOME, TMPDIR and LANG.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Processes and threads that the interpreter has for itself.</summary>
    public int ExtraProcesses { get; init; }

    /// <summary>Bytes of memory that the interpreter has for itself.</summary>
    public long ExtraMemoryBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Whether what is reserved counts as memory too; not so for runtimes that reserve far more than they use.</summary>
    public bool LimitsAddressSpace { get; init; }
}

/// <summary>Why a sandbox was stopped from outside.</summary>
internal enum SandboxStop
{
    None,
    WallTime,
    Output,
    Memory,
}

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">128 and the signal's number for one that a signal ended.</param>
/// <param name="Stop">Why it was stopped, if it was.</param>
/// <param name="Stdout">What it wrote, up to the limit.</param>
/// <param name="Stderr">The same of its standard error.</param>
/// <param name="Duration">The wall time.</param>
/// <param name="MostTasks">The most processes and threads that were seen.</param>
internal sealed record SandboxExit(int ExitCode, SandboxStop Stop, byte[] Stdout, byte[] Stderr, TimeSpan Duration, int MostTasks);

/// <summary>Code was not run, because it could not be shut in; the message says what to do.</summary>
internal sealed class SandboxException(string message, Exception? inner = null) : Exception(message, inner);
