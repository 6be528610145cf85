using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Mcp;

/// <summary>What holds for any connection to an MCP server.</summary>
public record McpOptions
{
    private readonly TimeSpan _callTimeout = TimeSpan.FromSeconds(30);
    private readonly TimeSpan? _maxCallTime;
    private readonly TimeSpan _startTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The server's name, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>The longest a tool call may take, or may take without progress where that counts; positive, 30 seconds unless set.</summary>
    /// <exception cref="AgentTeamsException">The value is not positive.</exception>
    public TimeSpan CallTimeout
    {
        get => _callTimeout;
        init => _callTimeout = Positive(value, nameof(CallTimeout));
    }

    /// <summary>The longest that connecting and listing the tools may take; positive, 30 seconds unless set.</summary>
    /// <exception cref="AgentTeamsException">The value is not positive.</exception>
    public TimeSpan StartTimeout
    {
        get => _startTimeout;
        init => _startTimeout = Positive(value, nameof(StartTimeout));
    }

    /// <summary>
    /// Whether progress that the server reports starts <see cref="CallTimeout"/> anew; false unless set. A call asks for progress
    /// only then.
    /// </summary>
    public bool ProgressExtendsTimeout { get; init; }

    /// <summary>The longest a tool call may take however much progress it reports; positive, unlimited unless set.</summary>
    /// <exception cref="AgentTeamsException">The value is not positive.</exception>
    public TimeSpan? MaxCallTime
    {
        get => _maxCallTime;
        init => _maxCallTime = value is { } time ? Positive(time, nameof(MaxCallTime)) : null;
    }

    /// <summary>The clock of the timeouts; the system's unless set.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where the connection is logged; nowhere unless set.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    private static TimeSpan Positive(TimeSpan value, string name) => value > TimeSpan.Zero ? value
        : throw new AgentTeamsException($"McpOptions.{name} is {value}. Give a positive time.");
}

/// <summary>An MCP server that is started as a child process and spoken to over its standard streams.</summary>
public sealed record McpStdioOptions : McpOptions
{
    private readonly int _maxRestarts = 3;

    /// <summary>The program to start.</summary>
    public required string Command { get; init; }

    /// <summary>The program's arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>
    /// Variables that the server is given; a null value takes one away. Of this process's own it gets only those without which
    /// programs do not run: HOME, LOGNAME, PATH, SHELL, TERM and USER, on Windows APPDATA, HOMEDRIVE, HOMEPATH, LOCALAPPDATA, PATH,
    /// PATHEXT, PROCESSOR_ARCHITECTURE, PROGRAMFILES, SYSTEMDRIVE, SYSTEMROOT, TEMP, USERNAME and USERPROFILE. That is the list of
    /// the official SDKs: keys and tokens of the application stay with it.
    /// </summary>
    public IReadOnlyDictionary<string, string?> EnvironmentVariables { get; init; } = new Dictionary<string, string?>();

    /// <summary>Names of further variables that the server gets with the values they have in this process; none unless set.</summary>
    public IReadOnlyList<string> InheritedVariables { get; init; } = [];

    /// <summary>Whether the server gets every variable of this process, keys and tokens included; false unless set.</summary>
    public bool InheritEnvironment { get; init; }

    /// <summary>The folder to start in; this process's own unless set.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Whether the next call after the server exited starts it again; true unless set.</summary>
    public bool RestartOnExit { get; init; } = true;

    /// <summary>How many restarts in a row may pass without a successful call before calls fail at once; 3 unless set.</summary>
    /// <exception cref="AgentTeamsException">The value is negative.</exception>
    public int MaxRestarts
    {
        get => _maxRestarts;
        init => _maxRestarts = value >= 0 ? value : throw new AgentTeamsException($"McpStdioOptions.MaxRestarts is {value}. Give 0 or more.");
    }
}
