using System.Diagnostics;
using System.Text;
using ModelContextProtocol.Client;

namespace AgentTeams.Mcp;

/// <summary>A server's process with its streams: knows how it ended and what it last said on its standard error, and ends it with all that it started.</summary>
internal sealed class McpProcess : IDisposable
{
    private const int MaxLines = 20;
    private const int MaxLineLength = 2000;

    // What is dead may take a moment to be gone, and to have been read.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly ProcessMark _mark;
    private readonly Queue<string> _lines = [];
    private readonly Task _said;
    private readonly TaskCompletionSource _abandoned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isKilled;
    private int? _exitCode;

    private McpProcess(Process process, ProcessMark mark)
    {
        (_process, _mark) = (process, mark);
        _said = Task.Run(ListenAsync);
    }

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    public static McpProcess Start(McpStdioOptions options)
    {
        var mark = ProcessMark.Create();
        var (command, arguments) = Commanded(options);
        var start = new ProcessStartInfo(command)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = options.WorkingDirectory ?? Environment.CurrentDirectory,
            StandardErrorEncoding = new UTF8Encoding(false),
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        SetEnvironment(start, options, mark);
        return new(Process.Start(start) ?? throw new IOException("The process was not started."), mark);
    }

    /// <summary>The exit code, once the process is gone and what it said was read; null where it goes on running or was killed.</summary>
    public async Task<int?> EndAsync()
    {
        if (!await GoneAsync(Moment).ConfigureAwait(false)) return null;
        await Task.WhenAny(_said, Task.Delay(Moment)).ConfigureAwait(false);
        return _exitCode;
    }

    public string[] LastLines()
    {
        lock (_lines) return [.. _lines];
    }

    /// <summary>Kills it at once, whoever is waiting for its end.</summary>
    public void Abandon()
    {
        _abandoned.TrySetResult();
        Kill();
    }

    /// <summary>Lets it end by itself for a while, and kills what is left of it and of all that it started.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        try
        {
            await Input.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It no longer reads.
        }

        if (!_abandoned.Task.IsCompleted) await Task.WhenAny(GoneAsync(grace), _abandoned.Task).ConfigureAwait(false);
        Kill();
        await GoneAsync(Moment).ConfigureAwait(false);
        await Task.WhenAny(_said, Task.Delay(Moment)).ConfigureAwait(false);
    }

    public void Dispose() => _process.Dispose();

    private async Task<bool> GoneAsync(TimeSpan limit)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(limit).ConfigureAwait(false);
            if (!_isKilled) _exitCode ??= _process.ExitCode;
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            // It was disposed of, and what is known of its end is known.
            return true;
        }
    }

    private void Kill()
    {
        try
        {
            if (!_process.HasExited)
            {
                _isKilled = true;
                _process.Kill(entireProcessTree: true);
            }
            else if (!_isKilled)
            {
                _exitCode ??= _process.ExitCode;
            }
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException)
        {
            // It ended meanwhile.
        }

        _mark.KillAll();
    }

    private async Task ListenAsync()
    {
        var line = new StringBuilder();
        var buffer = new char[1024];
        try
        {
            while (await _process.StandardError.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var read)
            {
                foreach (var c in buffer.AsSpan(0, read))
                {
                    if (c == '\n') Keep(line);
                    else if (c != '\r' && line.Length < MaxLineLength) line.Append(c);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The stream went with the process.
        }

        if (line.Length > 0) Keep(line);
    }

    private void Keep(StringBuilder line)
    {
        lock (_lines)
        {
            if (_lines.Count == MaxLines) _lines.Dequeue();
            _lines.Enqueue(line.ToString());
        }

        line.Clear();
    }

    /// <summary>On Windows most servers' launchers are scripts, which the shell starts and whose special characters it would read.</summary>
    private static (string Command, IEnumerable<string> Arguments) Commanded(McpStdioOptions options)
    {
        if (!OperatingSystem.IsWindows() || options.Command.EndsWith(".exe", StringComparison.OrdinalIgnoreCase)) return (options.Command, options.Arguments);
        return ("cmd.exe", ["/c", options.Command, .. options.Arguments.Select(a => a.Any(char.IsWhiteSpace) ? a : string.Concat(a.Select(c => "&^><|".Contains(c, StringComparison.Ordinal) ? $"^{c}" : $"{c}")))]);
    }

    /// <summary>The allow list, what the options name besides, and what they set.</summary>
    private static void SetEnvironment(ProcessStartInfo start, McpStdioOptions options, ProcessMark mark)
    {
        if (!options.InheritEnvironment)
        {
            start.Environment.Clear();
            foreach (var (name, value) in StdioClientTransportOptions.GetDefaultEnvironmentVariables()) start.Environment[name] = value;
        }

        foreach (var name in options.InheritedVariables)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value) start.Environment[name] = value;
        }

        foreach (var (name, value) in options.EnvironmentVariables)
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }

        start.Environment[ProcessMark.Variable] = mark.Value;
    }
}
