using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace AgentTeams.Mcp;

/// <summary>
/// A mark in the environment of a process, which all that it starts inherits: on Linux those are found by it also when what started them is
/// gone, as they then hang from no tree that could be killed.
/// </summary>
internal sealed record ProcessMark(string Value)
{
    public const string Variable = "AGENTTEAMS_MCP_SERVER";

    // What is being killed may be starting others.
    private const int MaxPasses = 10;

    public static ProcessMark Create() => new(Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture));

    public void KillAll()
    {
        if (!OperatingSystem.IsLinux()) return;
        for (var pass = 0; pass < MaxPasses && KillOnce(); pass++)
        {
        }
    }

    private bool KillOnce()
    {
        var wanted = Encoding.ASCII.GetBytes($"{Variable}={Value}\0");
        var isAny = false;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) continue;
            try
            {
                // What is a zombie has no environment any more.
                if (File.ReadAllBytes($"{folder}/environ").AsSpan().IndexOf(wanted) < 0) continue;
                using var process = Process.GetProcessById(id);
                process.Kill();
                isAny = true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // It ended meanwhile, or is somebody else's.
            }
        }

        return isAny;
    }
}
