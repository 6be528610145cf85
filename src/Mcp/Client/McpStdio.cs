using System.Globalization;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>Starts a server as a child process, and knows afterwards how it ended and what it last said on its standard error.</summary>
internal sealed class McpStdio(McpStdioOptions options) : IClientTransport
{
    private const int MaxLines = 20;
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan EndTimeout = ShutdownTimeout + TimeSpan.FromSeconds(1);

    private readonly Queue<string> _lines = [];
    private Func<Task<int?>>? _end;

    public string Name => options.Name;

    public async Task<ITransport> ConnectAsync(CancellationToken cancellationToken = default)
    {
        lock (_lines) _lines.Clear();
        _end = null;
        var transport = new StdioClientTransport(
            new()
            {
                Name = options.Name,
                Command = options.Command,
                Arguments = [.. options.Arguments],
                InheritEnvironmentVariables = options.InheritEnvironment,
                EnvironmentVariables = EnvironmentVariables(),
                WorkingDirectory = options.WorkingDirectory,
                ShutdownTimeout = ShutdownTimeout,
                StandardErrorLines = Keep,
            },
            options.LoggerFactory);
        var session = new McpStdioSession(await transport.ConnectAsync(cancellationToken).ConfigureAwait(false), EndTimeout);
        _end = session.EndAsync;
        return session;
    }

    /// <summary>How the server ended and what it last said, in sentences that begin with a space; empty where nothing is known.</summary>
    /// <param name="runsOn">Whether it may still be running, so that its end is not waited for.</param>
    public async Task<string> LastWordsAsync(bool runsOn)
    {
        var exit = runsOn || _end is null ? null : await _end().ConfigureAwait(false);
        var code = exit is null ? "" : string.Create(CultureInfo.InvariantCulture, $" Its exit code was {exit}.");
        lock (_lines)
        {
            return _lines.Count == 0
                ? code
                : $"{code} It last said on standard error:{Environment.NewLine}{string.Join(Environment.NewLine, _lines)}{Environment.NewLine}";
        }
    }

    /// <summary>The allow list, what the options name besides, and what they set.</summary>
    private Dictionary<string, string?> EnvironmentVariables()
    {
        var variables = options.InheritEnvironment ? [] : StdioClientTransportOptions.GetDefaultEnvironmentVariables();
        foreach (var name in options.InheritedVariables)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value) variables[name] = value;
        }

        foreach (var (name, value) in options.EnvironmentVariables)
        {
            if (value is null && !options.InheritEnvironment) variables.Remove(name);
            else variables[name] = value;
        }

        return variables;
    }

    private void Keep(string line)
    {
        lock (_lines)
        {
            if (_lines.Count == MaxLines) _lines.Dequeue();
            _lines.Enqueue(line);
        }
    }
}
