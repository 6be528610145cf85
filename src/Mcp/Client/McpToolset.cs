namespace AgentTeams.Mcp;

/// <summary>
/// One MCP server: its tools for roles and tool nodes, its resources and prompts. Everything may be called concurrently; a tool answers with a
/// <see cref="ToolResult"/>, and a call that is given up is cancelled at the server too.
/// </summary>
/// <example>
/// <code>
/// await using McpToolset files = await McpToolset.ConnectStdioAsync(new() { Name = "files", Command = "files-server" });
/// var reader = new Role { Name = "reader", Instructions = "Answer from the files.", Tools = [.. files.Tools] };
/// </code>
/// </example>
public sealed partial class McpToolset : IAsyncDisposable
{
    private readonly McpConnection _connection;

    private McpToolset(McpConnection connection) => _connection = connection;

    /// <summary>Is raised after the server said that its tools changed and <see cref="Tools"/> was refreshed.</summary>
    public event EventHandler? ToolsChanged
    {
        add => _connection.ToolsChanged += value;
        remove => _connection.ToolsChanged -= value;
    }

    /// <summary>Is raised when a call is refused by a constraint of <see cref="McpTool.Where"/>, before the caller hears of it.</summary>
    public event EventHandler<McpRefusal>? Refused
    {
        add => _connection.Refused += value;
        remove => _connection.Refused -= value;
    }

    /// <summary>The server's name.</summary>
    public string Name => _connection.Name;

    /// <summary>What the server said of itself when it was connected to last.</summary>
    public McpServerInfo Info => _connection.Info;

    /// <summary>
    /// The tools the server listed last: when it started, after it said that they changed, or after a new connection. A tool that did not change stays the
    /// same object; one that a role already has keeps the schema it was declared with.
    /// </summary>
    public IReadOnlyList<McpTool> Tools => _connection.Tools;

    /// <summary>The tools that the server offers but that cannot be used, with the reason; they are logged too.</summary>
    public IReadOnlyList<SkippedTool> SkippedTools => _connection.SkippedTools;

    /// <summary>The tool of that name.</summary>
    /// <exception cref="AgentTeamsException">The server has no such tool, or one that cannot be used.</exception>
    public McpTool this[string name] => Tools.FirstOrDefault(t => t.Name == name)
        ?? throw new AgentTeamsException(SkippedTools.FirstOrDefault(t => t.Name == name) is { } skipped
            ? $"The tool '{name}' of the MCP server '{Name}' cannot be used: {skipped.Reason}. Mend the server."
            : $"The MCP server '{Name}' has no tool '{name}'. Its tools are: {string.Join(", ", Tools.Select(t => t.Name))}.");

    /// <summary>Starts a server as a child process; disposal ends it, and all processes that it started.</summary>
    /// <exception cref="McpToolException">The server did not start, or not in time; the message holds its exit code and its last words.</exception>
    public static Task<McpToolset> ConnectStdioAsync(McpStdioOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Validate(options);
        return OpenAsync(options, new McpStdio(options), cancellationToken);
    }

    /// <summary>Reaches a server over streamable HTTP; disposal ends the session, where there is one. A session that expired is followed by a new one.</summary>
    /// <exception cref="McpToolException">The server did not answer, not in time, or does not accept the credentials.</exception>
    public static Task<McpToolset> ConnectHttpAsync(McpHttpOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Validate(options);
        return OpenAsync(options, new McpHttp(options), cancellationToken);
    }

    /// <summary>Speaks to a server over two streams; such a server cannot be restarted.</summary>
    /// <param name="input">What the server reads.</param>
    /// <param name="output">What the server writes.</param>
    /// <param name="options">The server's name and the timeouts.</param>
    /// <param name="cancellationToken">Stops connecting.</param>
    /// <exception cref="McpToolException">The server did not answer, or not in time.</exception>
    public static Task<McpToolset> ConnectAsync(Stream input, Stream output, McpOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Validate(options);
        return OpenAsync(options, new McpStreams(input, output, options), cancellationToken);
    }

    /// <summary>The tools whose names are these, in the server's order.</summary>
    /// <param name="names">Names; '*' stands for any characters. None for all tools.</param>
    /// <exception cref="AgentTeamsException">A name is no tool's.</exception>
    public McpToolSelection Select(params string[] names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return McpToolSelection.From(Name, Tools, names.Length == 0 ? ["*"] : names);
    }

    /// <summary>The tools that a function chooses, such as <c>t => t.Annotations.IsReadOnly</c>.</summary>
    public McpToolSelection Select(Func<McpTool, bool> isChosen) => McpToolSelection.From(Tools.Where(isChosen));

    /// <summary>Asks the server whether it is there. One that is not is connected to anew by the next call.</summary>
    /// <returns>Whether it answered within <see cref="McpOptions.CallTimeout"/>.</returns>
    public Task<bool> PingAsync(CancellationToken cancellationToken = default) => _connection.PingAsync(cancellationToken);

    /// <summary>Closes the connection and ends a child process.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static async Task<McpToolset> OpenAsync(McpOptions options, McpWay way, CancellationToken cancellationToken)
    {
        var connection = new McpConnection(options, way);
        try
        {
            await connection.StartAsync(cancellationToken).ConfigureAwait(false);
            return new(connection);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
