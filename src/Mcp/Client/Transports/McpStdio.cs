using System.ComponentModel;
using System.Globalization;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>Starts a server as a child process, again where it ended.</summary>
internal sealed class McpStdio(McpStdioOptions options) : McpWay(options.RestartOnExit ? options.MaxRestarts : 0), IClientTransport
{
    private McpStdioSession? _last;
    private volatile bool _isAbandoned;

    public string Name => options.Name;

    public override string Bound => $"{nameof(McpStdioOptions)}.{nameof(McpStdioOptions.MaxRestarts)}";

    // Not the arguments: those may hold keys.
    public override string Where => $"the command '{options.Command}' and its arguments";

    public override IClientTransport Open()
    {
        _isAbandoned = false;
        Volatile.Write(ref _last, null);
        return this;
    }

    public async Task<ITransport> ConnectAsync(CancellationToken cancellationToken = default)
    {
        McpProcess process;
        try
        {
            process = McpProcess.Start(options);
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            throw new IOException(e.Message, e);
        }

        var output = new LineLimitStream(process.Output, LineLimitStream.Of(options));
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var session = new McpStdioSession(await new StreamClientTransport(process.Input, output, options.LoggerFactory).ConnectAsync(cancellationToken).ConfigureAwait(false), process, output, options.ShutdownTimeout);
            Volatile.Write(ref _last, session);
            if (_isAbandoned) process.Abandon();
            return session;
        }
        catch
        {
            process.Abandon();
            throw;
        }
    }

    public override void Abandon()
    {
        _isAbandoned = true;
        Volatile.Read(ref _last)?.Process.Abandon();
    }

    public override async Task<string> LastWordsAsync(bool runsOn)
    {
        if (Volatile.Read(ref _last) is not { } last) return "";
        if (last.Output.IsExceeded) return last.Output.Said;
        var exit = runsOn ? null : await last.Process.EndAsync().ConfigureAwait(false);
        var code = exit is null ? "" : string.Create(CultureInfo.InvariantCulture, $" Its exit code was {exit}.");
        var lines = last.Process.LastLines();
        return lines.Length == 0 ? code : $"{code} It last said on standard error:{Environment.NewLine}{string.Join(Environment.NewLine, lines)}{Environment.NewLine}";
    }
}
