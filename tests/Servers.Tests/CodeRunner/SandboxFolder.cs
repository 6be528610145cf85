using System.Diagnostics;

namespace AgentTeams.Tests;

/// <summary>The folder in which all sandboxes of these tests are made; whatever runs in one shows it among its mounts.</summary>
internal static class SandboxFolder
{
    private static readonly Lazy<string> Folder = new(Create);

    public static string Path => Folder.Value;

    /// <summary>The processes that run in a sandbox of these tests.</summary>
    public static IReadOnlyList<string> Processes() => [.. Directory.EnumerateDirectories("/proc").Where(p => int.TryParse(System.IO.Path.GetFileName(p), out _)).Where(ShowsFolder)];

    /// <summary>Waits for a condition, as long as a test should take at most.</summary>
    public static async Task UntilAsync(Func<bool> holds)
    {
        var started = Stopwatch.GetTimestamp();
        while (!holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30), "The condition did not come to hold.");
            await Task.Yield();
        }
    }

    private static bool ShowsFolder(string process)
    {
        try
        {
            return File.ReadAllText(System.IO.Path.Combine(process, "mountinfo")).Contains(System.IO.Path.GetFileName(Path), StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string Create()
    {
        var folder = Directory.CreateTempSubdirectory("servers-tests-").FullName;
        // Those who run as nobody pass through, as they do through /tmp.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32("711", 8));
        Environment.SetEnvironmentVariable("TMPDIR", folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }
}
