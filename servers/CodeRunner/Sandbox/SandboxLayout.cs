using System.Globalization;

namespace AgentTeams.Servers;

/// <summary>What a sandbox shows and allows, and where it comes from on this machine.</summary>
internal sealed record SandboxLayout
{
    /// <summary>The uid of the user that has nothing, which a server of root runs code as: rlimits on processes do not bind root.</summary>
    public const string Nobody = "65534";

    // What programs are linked with, and how they find it.
    private static readonly string[] SystemFolders = ["/bin", "/sbin", "/lib", "/lib32", "/lib64"];
    private static readonly string[] SystemFiles = ["/etc/ld.so.cache", "/etc/alternatives"];

    private SandboxLayout(string folder) => Folder = folder;

    /// <summary>The folder of this run.</summary>
    public string Folder { get; }

    /// <summary>Where the sandbox's root is mounted.</summary>
    public string Root => Path.Combine(Folder, "root");

    /// <summary>Folders and files to show, read-only: where they are, and what they are called inside.</summary>
    public IReadOnlyList<(string Source, string Target)> Shown { get; private init; } = [];

    /// <summary>Symbolic links inside: what they are called, and where they lead.</summary>
    public IReadOnlyList<(string Name, string Target)> Links { get; private init; } = [];

    /// <summary>What root has to mount within the run's folder before it becomes nobody, who could not reach it.</summary>
    public IReadOnlyList<(string Source, string Target)> Staged { get; private init; } = [];

    public long ScratchBytes { get; private init; }

    /// <summary>Writes a run's files and says what to show.</summary>
    public static SandboxLayout Create(string folder, SandboxJob job, RunnerOptions options)
    {
        // Isolations refuse before.
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException();
        var root = Environment.IsPrivilegedProcess;
        var open = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        if (root) File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        string Make(string name)
        {
            var path = Path.Combine(folder, name);
            Directory.CreateDirectory(path);
            // Whatever the umask says.
            File.SetUnixFileMode(path, open);
            return path;
        }

        Make("root");
        var code = Make("code");
        foreach (var (name, content) in job.Files)
        {
            var file = Path.Combine(code, name);
            File.WriteAllBytes(file, content);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        List<(string, string)> shown = [("/usr", "/usr")], links = [], staged = [];
        foreach (var system in SystemFolders.Where(Directory.Exists))
        {
            if (new DirectoryInfo(system).LinkTarget is { } target) links.Add((system, target));
            else shown.Add((system, system));
        }

        shown.AddRange(SystemFiles.Where(Path.Exists).Select(f => (f, f)));
        foreach (var (wanted, i) in job.Folders.Where(f => !Within(f, "/usr") && f != "/").Distinct().Select((f, i) => (f, i)))
        {
            if (root) staged.Add((wanted, Make(string.Create(CultureInfo.InvariantCulture, $"folder{i}"))));
            shown.Add((root ? staged[^1].Item2 : wanted, wanted));
        }

        shown.Add((code, "/code"));
        return new(folder) { Shown = shown, Links = links, Staged = staged, ScratchBytes = options.ScratchBytes };
    }

    private static bool Within(string path, string folder) => path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal);
}
