using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace AgentTeams.Storage;

/// <summary>
/// Journals in the files of one folder, a run each: a line of JSON for each record, whose last member <c>checksum</c> is the first 8 hexadecimal digits of
/// a SHA-256 over the SHA-256 of the line's bytes before it and the record's index (8 bytes, the lowest first). A process may be killed at any byte: the
/// next opening cuts off a last line without its end. A run has one writer at a time, held so by an empty <c>.lock</c> file beside its own, which stays;
/// others may read it meanwhile. Safe for concurrent use.
/// </summary>
/// <example>
/// <code>
/// var store = new FileCheckpointStore("runs");
/// await workflow.RunAsync(initial, runtime, new() { Checkpoints = store, RunId = "order-17" });
/// </code>
/// </example>
public sealed class FileCheckpointStore : ICheckpointStore
{
    private const string Extension = ".journal";
    private readonly FileCheckpointStoreOptions _options;
    private readonly ILogger _logger;

    /// <summary>Names the folder, which is created when the first run begins.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How journals are written; every value has a default.</param>
    public FileCheckpointStore(string folder, FileCheckpointStoreOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Folder = Path.GetFullPath(folder);
        _options = options ?? new();
        _logger = _options.LoggerFactory.CreateLogger("AgentTeams.FileCheckpointStore");
    }

    /// <summary>The folder's full path.</summary>
    public string Folder { get; }

    /// <inheritdoc/>
    public async Task<IRunJournal> OpenAsync(string runId, CancellationToken cancellationToken = default)
    {
        var path = PathOf(JournalIds.Check(runId));
        SafeFileHandle? file = null, hold = null;
        try
        {
            Directory.CreateDirectory(Folder);
            hold = JournalHold.Take(runId, path + ".lock", path);
            file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            var records = new List<ReadOnlyMemory<byte>>();
            var end = await JournalFile.ScanAsync(file, runId, path, records, _logger, isWriter: true, cancellationToken).ConfigureAwait(false);
            var journal = new FileJournal(path, file, hold, records, end, _options.FlushToDisk);
            file = hold = null;
            return journal;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new AgentTeamsException($"The journal '{path}' cannot be opened for writing: {e.Message} Choose a writable folder.", e);
        }
        finally
        {
            file?.Dispose();
            hold?.Dispose();
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string runId, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var path = PathOf(JournalIds.Check(runId));
        if (!File.Exists(path)) yield break;
        var records = new List<ReadOnlyMemory<byte>>();
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await JournalFile.ScanAsync(file, runId, path, records, _logger, isWriter: false, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Deleted in between.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentTeamsException($"The journal '{path}' cannot be read: {e.Message} Make it readable.", e);
        }

        foreach (var record in records) yield return record;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken = default)
    {
        if (!Directory.Exists(Folder)) return AsyncEnumerable.Empty<string>();
        try
        {
            // A file may be deleted meanwhile, and has no length then.
            return new DirectoryInfo(Folder).EnumerateFiles("*" + Extension).Where(f => f.Exists && f.Length > 0)
                .Select(f => JournalIds.FromFileName(Path.GetFileNameWithoutExtension(f.Name))).OfType<string>()
                .Order(StringComparer.Ordinal).ToList().ToAsyncEnumerable();
        }
        catch (DirectoryNotFoundException)
        {
            return AsyncEnumerable.Empty<string>();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentTeamsException($"The journals in '{Folder}' cannot be listed: {e.Message} Make the folder readable.", e);
        }
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string runId, CancellationToken cancellationToken = default)
    {
        var path = PathOf(JournalIds.Check(runId));
        if (!File.Exists(path)) return Task.FromResult(false);
        try
        {
            using var hold = JournalHold.Take(runId, path + ".lock", path);
            var isStored = new FileInfo(path) is { Exists: true, Length: > 0 };
            File.Delete(path);
            return Task.FromResult(isStored);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentTeamsException($"The journal '{path}' cannot be deleted: {e.Message} Make its folder writable.", e);
        }
    }

    private string PathOf(string runId) => Path.Combine(Folder, JournalIds.ToFileName(runId) + Extension);
}

/// <summary>How a <see cref="FileCheckpointStore"/> writes.</summary>
public sealed record FileCheckpointStoreOptions
{
    /// <summary>
    /// Whether each append waits until the disk has it. Where it does not, a record survives the end of the process, but not always that of the machine.
    /// </summary>
    /// <value>False by default.</value>
    public bool FlushToDisk { get; init; }

    /// <summary>Is told of torn lines.</summary>
    /// <value>Nobody by default.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
