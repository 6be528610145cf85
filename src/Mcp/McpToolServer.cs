using Microsoft.Extensions.AI;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams;

/// <summary>The tools of one MCP server, for roles and tool nodes. Tools may be called concurrently.</summary>
public sealed class McpToolServer : IAsyncDisposable
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2);

    private readonly McpConnection _connection;

    private McpToolServer(McpConnection connection, IReadOnlyList<AIFunction> tools)
    {
        _connection = connection;
        Tools = tools;
    }

    /// <summary>The server's name.</summary>
    public string Name => _connection.Name;

    /// <summary>The tools the server listed when it started.</summary>
    public IReadOnlyList<AIFunction> Tools { get; }

    /// <summary>The tool of that name.</summary>
    /// <exception cref="AgentTeamsException">The server has no such tool.</exception>
    public AIFunction this[string name] => Tools.FirstOrDefault(t => t.Name == name)
        ?? throw new AgentTeamsException($"The MCP server '{Name}' has no tool '{name}'. Its tools are: {string.Join(", ", Tools.Select(t => t.Name))}.");

    /// <summary>Starts a server as a child process; disposal ends it.</summary>
    /// <exception cref="McpToolException">The server did not start, or not in time.</exception>
    public static Task<McpToolServer> StartStdioAsync(McpStdioOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var restarts = options.RestartOnExit ? options.MaxRestarts : 0;
        return OpenAsync(new(options, () => CreateStdio(options), restarts), cancellationToken);
    }

    /// <summary>Speaks to a server over two streams; such a server cannot be restarted.</summary>
    /// <param name="input">What the server reads.</param>
    /// <param name="output">What the server writes.</param>
    /// <param name="options">The server's name and the timeouts.</param>
    /// <param name="cancellationToken">Stops connecting.</param>
    /// <exception cref="McpToolException">The server did not answer, or not in time.</exception>
    public static Task<McpToolServer> ConnectAsync(Stream input, Stream output, McpOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(options);
        return OpenAsync(new(options, () => new StreamClientTransport(input, output, options.LoggerFactory), 0), cancellationToken);
    }

    /// <summary>Closes the connection and ends a child process.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static async Task<McpToolServer> OpenAsync(McpConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var tools = await connection.StartAsync(cancellationToken).ConfigureAwait(false);
            return new(connection, [.. tools.Select(t => new McpFunction(connection, t))]);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static StdioClientTransport CreateStdio(McpStdioOptions options) => new(
        new()
        {
            Name = options.Name,
            Command = options.Command,
            Arguments = [.. options.Arguments],
            EnvironmentVariables = options.EnvironmentVariables.ToDictionary(StringComparer.Ordinal),
            WorkingDirectory = options.WorkingDirectory,
            ShutdownTimeout = ShutdownTimeout,
        },
        options.LoggerFactory);
}
