namespace AgentTeams.Models;

/// <summary>Files written under temporary names, which take their places once all of them are on the disk.</summary>
internal sealed class StagedFiles : IDisposable
{
    private readonly List<string> _paths = [];

    /// <summary>Writes a file and flushes it to disk; nobody sees it yet.</summary>
    public void Add(string path, Action<Stream> write)
    {
        using var file = new FileStream(Temporary(path), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
        _paths.Add(path);
        write(file);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Puts the files in their places, in the order in which they were written.</summary>
    public void Commit()
    {
        foreach (var path in _paths) File.Move(Temporary(path), path, overwrite: true);
        _paths.Clear();
    }

    /// <summary>Removes what was not committed.</summary>
    public void Dispose() => _paths.ForEach(p => File.Delete(Temporary(p)));

    // A fixed name, so that what a crash leaves behind is overwritten instead of piling up.
    private static string Temporary(string path) => path + ".partial";
}
