using System.Collections.Concurrent;

namespace AgentTeams.Storage;

/// <summary>Artifacts in memory, for tests.</summary>
public sealed class InMemoryArtifactStore : IArtifactStore
{
    private readonly ConcurrentDictionary<string, byte[]> _data = new(StringComparer.Ordinal);

    /// <summary>How many there are.</summary>
    public int Count => _data.Count;

    /// <inheritdoc/>
    public ValueTask<string> PutAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        var id = Artifact.IdOf(data);
        _data.TryAdd(id, data.ToArray());
        return new(id);
    }

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>?> FindAsync(string id, CancellationToken cancellationToken = default) => new(_data.TryGetValue(id, out var data) ? data : (ReadOnlyMemory<byte>?)null);
}

/// <summary>Artifacts as files of a folder, which several processes may share: each is written beside and moved, so that it is there whole or not at all.</summary>
/// <param name="folder">The folder; it is made when something is kept.</param>
public sealed class FolderArtifactStore(string folder) : IArtifactStore
{
    private readonly string _folder = Path.GetFullPath(folder);

    /// <inheritdoc/>
    public async ValueTask<string> PutAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        var id = Artifact.IdOf(data);
        var path = PathOf(id);
        if (File.Exists(path)) return id;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var beside = $"{path}.{Guid.NewGuid():N}";
        try
        {
            await File.WriteAllBytesAsync(beside, data, cancellationToken).ConfigureAwait(false);
            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }

        return id;
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>?> FindAsync(string id, CancellationToken cancellationToken = default)
    {
        // An id is a name that others wrote, so it must not lead out of the folder.
        if (!IsId(id) || !File.Exists(PathOf(id))) return null;
        var data = await File.ReadAllBytesAsync(PathOf(id), cancellationToken).ConfigureAwait(false);
        return Artifact.IdOf(data) == id ? data : throw new ArtifactException($"The file '{PathOf(id)}' is not what was kept: its SHA-256 is another. Restore it from a copy.");
    }

    private static bool IsId(string id) => id is { Length: 71 } && id.StartsWith("sha256-", StringComparison.Ordinal) && id.Skip(7).All(char.IsAsciiHexDigitLower);

    private string PathOf(string id) => Path.Combine(_folder, id.Substring(7, 2), id);
}
