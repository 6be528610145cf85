namespace AgentTeams.Mcp;

/// <summary>Tells whether a path that a model wrote stays inside of a folder, however it is written.</summary>
internal sealed class PathGuard
{
    // Encodings of encodings, as some servers decode what was decoded already.
    private const int MaxDecodings = 4;

    private static readonly StringComparison s_comparison = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
    private readonly string _folder;
    private readonly string? _relativeTo;

    public PathGuard(string folder, string? relativeTo)
    {
        ArgumentNullException.ThrowIfNull(folder);
        _folder = Absolute(folder);
        _relativeTo = relativeTo is null ? null : Absolute(relativeTo);
    }

    /// <summary>What is wrong with a path, as the rest of a sentence, or null.</summary>
    public string? Problem(string path)
    {
        var written = path;
        for (var i = 0; i <= MaxDecodings; i++)
        {
            if (OneProblem(written) is { } problem) return $"is '{McpArgument.Short(path)}', {problem}";
            var decoded = Uri.UnescapeDataString(written);
            if (decoded == written) return null;
            written = decoded;
        }

        return $"is '{McpArgument.Short(path)}', which is encoded too often";
    }

    private string? OneProblem(string path)
    {
        if (string.IsNullOrWhiteSpace(path)) return "which is empty";
        if (path.Any(char.IsControl)) return "which holds control characters";

        // Servers take these off what a model wrote, and what is left may be absolute, or a '~'.
        if (IsTakenOff(path[0]) || IsTakenOff(path[^1])) return "which begins or ends with a space or a quotation mark; write the path alone";
        if (path[0] == '~') return "whose '~' stands for a folder that is not known here; write the path out";
        if (path.Contains("://", StringComparison.Ordinal) || path.StartsWith("file:", StringComparison.OrdinalIgnoreCase)) return "which is an address; write a path";

        // A backslash is a part of a name here, and to a server on another system it may be a separator.
        return PlaceProblem(path) ?? (OperatingSystem.IsWindows() || !path.Contains('\\', StringComparison.Ordinal) ? null : PlaceProblem(path.Replace('\\', '/')));
    }

    private string? PlaceProblem(string path)
    {
        if (!Path.IsPathFullyQualified(path))
        {
            if (_relativeTo is null) return $"which is not absolute; give an absolute path inside of {_folder}";
            path = Path.Combine(_relativeTo, path);
        }

        var full = Path.GetFullPath(path);
        if (!IsInside(full, _folder)) return $"which is not inside of {_folder}";
        return IsInside(Real(full), Real(_folder)) ? null : $"which leads out of {_folder} by a link";
    }

    private static bool IsTakenOff(char c) => char.IsWhiteSpace(c) || c is '"' or '\'' or '`';

    private static bool IsInside(string path, string folder) =>
        path.Equals(folder, s_comparison) || path.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, s_comparison);

    /// <summary>The path with every link on it followed as far as it exists.</summary>
    private static string Real(string path)
    {
        var real = Path.GetPathRoot(path)!;
        var steps = new Stack<string>(path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse());
        for (var links = 0; steps.TryPop(out var step);)
        {
            if (step == ".") continue;
            if (step == "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }

            var next = Path.Combine(real, step);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            // A circle of links is nowhere.
            if (++links > 40) return Path.GetPathRoot(path)!;
            if (Path.IsPathRooted(target)) real = Path.GetPathRoot(target)!;
            foreach (var part in target.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar).Reverse().Where(p => p.Length > 0)) steps.Push(part);
        }

        return real;
    }

    private static string Absolute(string folder) => Path.IsPathFullyQualified(folder) ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))
        : throw new AgentTeamsException($"'{folder}' is no absolute path. Give the folder's whole path.");
}
