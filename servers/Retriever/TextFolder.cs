namespace AgentTeams.Servers;

/// <summary>What was asked for cannot be answered; the message says why.</summary>
internal sealed class RetrieverException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The text files of a folder, and nothing outside it: links that lead out are no files of it.</summary>
internal sealed class TextFolder
{
    private readonly RetrieverOptions _options;

    public TextFolder(RetrieverOptions options)
    {
        _options = options;
        if (!Directory.Exists(options.Folder)) throw new RetrieverException($"There is no folder '{options.Folder}'. Name the folder of the texts with --folder.");
        Root = Real(Path.GetFullPath(options.Folder));
    }

    /// <summary>The folder, without links.</summary>
    public string Root { get; }

    /// <summary>Every text file, by its name within the folder, in order.</summary>
    public IEnumerable<(string Name, FileInfo File)> Files() => Directory
        .EnumerateFiles(Root, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint })
        .Where(IsText)
        .Select(f => (Name: Path.GetRelativePath(Root, f).Replace('\\', '/'), File: new FileInfo(f)))
        .Where(f => f.File.Length <= _options.MaxFileBytes)
        .OrderBy(f => f.Name, StringComparer.Ordinal);

    /// <summary>The path of a file that a caller names.</summary>
    /// <exception cref="RetrieverException">It is not a text file of the folder, or leads out of it.</exception>
    public string Resolve(string name)
    {
        if (name.Contains('\0', StringComparison.Ordinal)) throw new RetrieverException("A file's name holds no NUL; name a file as search does.");
        var path = Path.GetFullPath(Path.Combine(Root, name));
        if (Path.IsPathRooted(name) || !Within(path)) throw new RetrieverException($"'{name}' is outside the folder; name a file as search does.");
        if (!File.Exists(path) || !IsText(path)) throw new RetrieverException($"There is no text file '{name}' in the folder; name one as search does.");
        var real = Real(path);
        if (!Within(real)) throw new RetrieverException($"'{name}' is a link that leads out of the folder.");
        if (new FileInfo(real).Length > _options.MaxFileBytes) throw new RetrieverException($"'{name}' is larger than the {_options.MaxFileBytes} bytes that are taken.");
        return real;
    }

    private bool Within(string path) => path.StartsWith(Root.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private bool IsText(string path) => _options.Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>The path with every link on the way followed.</summary>
    private static string Real(string path)
    {
        var real = Path.GetPathRoot(path)!;
        foreach (var part in path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, part);
            FileSystemInfo info = Directory.Exists(real) ? new DirectoryInfo(real) : new FileInfo(real);
            if (info.ResolveLinkTarget(returnFinalTarget: true) is { } target) real = Real(target.FullName);
        }

        return real;
    }
}
