using Microsoft.Extensions.AI;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>
/// The tools of one MCP server, for roles and tool nodes. Tools may be called concurrently; each answers with a
/// <see cref="ToolResult"/>, and a call that is given up is cancelled at the server too.
/// </summary>
/// <example>
/// <code>
/// await using McpToolset files = await McpToolset.ConnectStdioAsync(new() { Name = "files", Command = "files-server" });
/// var reader = new Role { Name = "reader", Instructions = "Answer from the files.", Tools = [.. files.Tools] };
/// </code>
/// </example>
public sealed class McpToolset : IAsyncDisposable
{
    private readonly McpConnection _connection;

    private McpToolset(McpConnection connection) => _connection = connection;

    /// <summary>Is raised after the server said that its tools changed and <see cref="Tools"/> was refreshed.</summary>
    public event EventHandler? ToolsChanged
    {
        add => _connection.ToolsChanged += value;
        remove => _connection.ToolsChanged -= value;
    }

    /// <summary>The server's name.</summary>
    public string Name => _connection.Name;

    /// <summary>
    /// The tools the server listed last: when it started, or after it said that they changed. A tool that did not change stays the
    /// same object; one that a role already has keeps the schema it was declared with.
    /// </summary>
    public IReadOnlyList<AIFunction> Tools => _connection.Tools;

    /// <summary>The tools that the server offers but that cannot be used, with the reason; they are logged too.</summary>
    public IReadOnlyList<SkippedTool> SkippedTools => _connection.SkippedTools;

    /// <summary>The tool of that name.</summary>
    /// <exception cref="AgentTeamsException">The server has no such tool, or one that cannot be used.</exception>
    public AIFunction this[string name] => Tools.FirstOrDefault(t => t.Name == name)
        ?? throw new AgentTeamsException(SkippedTools.FirstOrDefault(t => t.Name == name) is { } skipped
            ? $"The tool '{name}' of the MCP server '{Name}' cannot be used: {skipped.Reason}. Mend the server."
            : $"The MCP server '{Name}' has no tool '{name}'. Its tools are: {string.Join(", ", Tools.Select(t => t.Name))}.");

    /// <summary>Starts a server as a child process; disposal ends it.</summary>
    /// <exception cref="McpToolException">The server did not start, or not in time; the message holds its exit code and its last words.</exception>
    public static Task<McpToolset> ConnectStdioAsync(McpStdioOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Validate(options);
        var process = new McpStdio(options);
        return OpenAsync(new(options, () => process, options.RestartOnExit ? options.MaxRestarts : 0, process), cancellationToken);
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
        return OpenAsync(new(options, () => new StreamClientTransport(input, output, options.LoggerFactory), 0), cancellationToken);
    }

    /// <summary>Closes the connection and ends a child process.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static async Task<McpToolset> OpenAsync(McpConnection connection, CancellationToken cancellationToken)
    {
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
