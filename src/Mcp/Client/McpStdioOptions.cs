namespace AgentTeams.Mcp;

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
    /// the official SDKs: keys and tokens of the application stay with it. AGENTTEAMS_MCP_SERVER is a mark by which its processes are found when it is ended.
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

    /// <summary>How many restarts in a row may pass without a successful call before calls fail at once. Between attempts that fail to start it the time grows.</summary>
    /// <value>At least 0; 3 by default.</value>
    public int MaxRestarts { get; init; } = 3;

    /// <summary>How long the server may take to end by itself once its standard input is closed; then it and all processes that it started are killed.</summary>
    /// <value>At least 0; 2 seconds by default.</value>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(2);

    private protected override void Check(OptionChecks checks)
    {
        base.Check(checks);
        checks.RequireThat(!string.IsNullOrWhiteSpace(Command), "Command is empty; name the program to start.").AtLeast(0, MaxRestarts)
            .Require(ShutdownTimeout >= TimeSpan.Zero, ShutdownTimeout, "a time of at least 0");
    }
}
