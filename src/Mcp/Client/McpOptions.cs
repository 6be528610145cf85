using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Mcp;

/// <summary>What holds for any connection to an MCP server.</summary>
public record McpOptions : IChecked
{
    /// <summary>The server's name, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>The longest that a tool call may take; with <see cref="ProgressExtendsTimeout"/>, the longest that it may take without progress.</summary>
    /// <value>Positive; 30 seconds by default.</value>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest that connecting to the server and listing its tools may take.</summary>
    /// <value>Positive; 30 seconds by default.</value>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether progress that the server reports starts <see cref="CallTimeout"/> anew. A call asks for progress only then.</summary>
    /// <value>False by default.</value>
    public bool ProgressExtendsTimeout { get; init; }

    /// <summary>The longest that a tool call may take, however much progress it reports.</summary>
    /// <value>Positive; null, the default, for no limit.</value>
    public TimeSpan? MaxCallTime { get; init; }

    /// <summary>The clock of the timeouts.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where the connection is logged.</summary>
    /// <value>Nowhere by default.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    void IChecked.Check(OptionChecks checks) => Check(checks);

    private protected virtual void Check(OptionChecks checks) => checks
        .RequireThat(!string.IsNullOrWhiteSpace(Name), "Name is empty; give the server a name.")
        .Require(CallTimeout > TimeSpan.Zero, CallTimeout, "a positive time")
        .Require(StartTimeout > TimeSpan.Zero, StartTimeout, "a positive time")
        .Require(MaxCallTime is null || MaxCallTime > TimeSpan.Zero, MaxCallTime, "a positive time, or none");
}

/// <summary>An MCP server that is started as a child process and spoken to over its standard streams.</summary>
public sealed record McpStdioOptions : McpOptions
{
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

    /// <summary>Names of further environment variables that the server gets with the values they have in this process.</summary>
    /// <value>None by default.</value>
    public IReadOnlyList<string> InheritedVariables { get; init; } = [];

    /// <summary>Whether the server gets every environment variable of this process, keys and tokens included.</summary>
    /// <value>False by default.</value>
    public bool InheritEnvironment { get; init; }

    /// <summary>The folder in which the server is started.</summary>
    /// <value>Null, the default, for this process's own.</value>
    public string? WorkingDirectory { get; init; }

    /// <summary>Whether the next call after the server exited starts it again.</summary>
    /// <value>True by default.</value>
    public bool RestartOnExit { get; init; } = true;

    /// <summary>How many restarts in a row may pass without a successful call before calls fail at once.</summary>
    /// <value>At least 0; 3 by default.</value>
    public int MaxRestarts { get; init; } = 3;

    private protected override void Check(OptionChecks checks)
    {
        base.Check(checks);
        checks.RequireThat(!string.IsNullOrWhiteSpace(Command), "Command is empty; name the program to start.").AtLeast(0, MaxRestarts);
    }
}
