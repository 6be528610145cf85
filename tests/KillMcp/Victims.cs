using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace AgentTeams.KillMcp;

internal sealed class KillTestException(string message) : Exception(message);

/// <summary>The processes that a server is or started, known by a variable of their environment.</summary>
internal sealed class Victims(string mark, Random random)
{
    public const string Variable = "KILL_MCP_MARK";

    public string Mark => mark;

    public int Killed { get; private set; }

    public Random Random => random;

    public static McpStdioOptions Server(string mark) => new()
    {
        Name = "killed", Command = "dotnet", Arguments = [typeof(Victims).Assembly.Location, "serve"],
        EnvironmentVariables = new Dictionary<string, string?> { [Variable] = mark },
        StartTimeout = TimeSpan.FromSeconds(60), CallTimeout = TimeSpan.FromSeconds(30), MaxRestarts = 100, ShutdownTimeout = TimeSpan.FromMilliseconds(200),
    };

    /// <summary>Ends the server with SIGKILL, if there is one, whatever it is doing or beginning to do.</summary>
    public bool KillServer()
    {
        foreach (var (id, command) in Find().Where(p => p.Command.Contains("serve", StringComparison.Ordinal)))
        {
            try
            {
                using var process = Process.GetProcessById(id);
                process.Kill();
                Killed++;
                return true;
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // It ended meanwhile.
            }
        }

        return false;
    }

    /// <summary>Waits until no more than so many of the processes are left.</summary>
    public async Task EnsureLeftAsync(int most, string when)
    {
        for (var i = 0; ; i++)
        {
            var left = Find().ToList();
            if (left.Count <= most) return;
            if (i == 100) throw new KillTestException($"{left.Count} processes are left {when}: {string.Join("; ", left)}");
            await Task.Delay(100);
        }
    }

    public async Task PauseAsync(int most) => await Task.Delay(random.Next(most));

    // The main thread of a zombie has no environment any more.
    private IEnumerable<(int Id, string Command)> Find()
    {
        var wanted = Encoding.ASCII.GetBytes($"{Variable}={mark}\0");
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id == Environment.ProcessId) continue;
            string command;
            try
            {
                if (File.ReadAllBytes($"{folder}/environ").AsSpan().IndexOf(wanted) < 0) continue;
                command = File.ReadAllText($"{folder}/cmdline").Replace('\0', ' ');
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            yield return (id, command);
        }
    }
}
