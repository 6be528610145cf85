namespace AgentTeams.Servers;

/// <summary>What a call may use, and how it is shut in.</summary>
internal sealed record RunnerOptions
{
    private const long MiB = 1024 * 1024;

    /// <summary>The longest that a call may take once it has started.</summary>
    public TimeSpan WallTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Processor time of each process, in whole seconds.</summary>
    public int CpuSeconds { get; init; } = 10;

    /// <summary>Bytes of memory that the code may have beside its interpreter: each process (by rlimit) and all together (by watching).</summary>
    public long MemoryBytes { get; init; } = 512 * MiB;

    /// <summary>Processes and threads beside those of the interpreter.</summary>
    public int Processes { get; init; } = 32;

    /// <summary>Bytes on standard output and error together after which the code is stopped.</summary>
    public int OutputBytes { get; init; } = (int)MiB;

    /// <summary>Bytes of each stream that a result holds; more is left out of its middle.</summary>
    public int TextBytes { get; init; } = 16 * 1024;

    /// <summary>Bytes of the scratch folder.</summary>
    public long ScratchBytes { get; init; } = 64 * MiB;

    /// <summary>Sandboxes at a time; further calls wait.</summary>
    public int Concurrency { get; init; } = Environment.ProcessorCount;

    public IsolationKind Isolation { get; init; }

    public IReadOnlyList<CodeLanguage> Languages { get; init; } = Enum.GetValues<CodeLanguage>();

    /// <summary>The Python interpreter: a path, or a name that is looked for on the path.</summary>
    public string Python { get; init; } = "python3";

    /// <summary>Node.js, likewise.</summary>
    public string Node { get; init; } = "node";
}

/// <summary>How code is shut in.</summary>
internal enum IsolationKind
{
    /// <summary>The first of the others that works here.</summary>
    Auto,
    Bubblewrap,
    Unshare,
}
