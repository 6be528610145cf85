using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace AgentTeams.Storage;

/// <summary>
/// Trajectories in one append-only JSONL file, a line each and one more for each time that rewards are replaced, in the form of
/// <see cref="TrajectoryJson"/> with a last member
/// <c>checksum</c>: the first 8 hexadecimal digits of the SHA-256 of the line's bytes before that member. A process may be killed
/// at any byte: the next opening cuts off a last line without its end and keeps everything before. Safe for concurrent use. One
/// store writes a file at a time, held so by an empty <c>.lock</c> file beside it; others may read the file meanwhile.
/// </summary>
/// <example>
/// <code>
/// using JsonlTrajectoryStore store = await JsonlTrajectoryStore.OpenAsync("runs/trajectories.jsonl");
/// await store.AppendAsync(trajectory);
/// await foreach (Trajectory stored in store.ReadAllAsync()) Console.WriteLine(stored);
/// </code>
/// </example>
public sealed class JsonlTrajectoryStore : ITrajectoryStore, IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly SafeFileHandle _file;
    private readonly SafeFileHandle _lock;
    private readonly bool _flushToDisk;
    private readonly ILogger _logger;
    private readonly HashSet<Type> _replaced = [];
    private readonly Dictionary<string, int> _index;
    private readonly List<(long Offset, int Length)> _lines;
    private readonly Dictionary<string, (long Offset, int Length)> _rewards;
    private long _end;

    private JsonlTrajectoryStore(string path, SafeFileHandle file, SafeFileHandle hold, TrajectoryFile found, bool flushToDisk, ILogger logger)
    {
        FilePath = path;
        _file = file;
        _lock = hold;
        _flushToDisk = flushToDisk;
        _logger = logger;
        (_index, _lines, _rewards, Damaged, _end) = found;
    }

    /// <summary>The file's full path.</summary>
    public string FilePath { get; }

    /// <summary>Whole lines that were found damaged at opening: they are skipped, logged and left on disk.</summary>
    public ImmutableArray<DamagedLine> Damaged { get; }

    /// <summary>How many trajectories can be read.</summary>
    public int Count
    {
        get
        {
            lock (_lines) return _lines.Count;
        }
    }

    /// <summary>Opens a file, or creates it together with its folder, and indexes what it holds.</summary>
    /// <param name="path">The file, usually <c>trajectories.jsonl</c>.</param>
    /// <param name="options">How it is written; every value has a default.</param>
    /// <param name="cancellationToken">Ends the scan.</param>
    /// <exception cref="AgentTeamsException">The path cannot be written, another process writes it, or it holds something else.</exception>
    public static async Task<JsonlTrajectoryStore> OpenAsync(string path, JsonlStoreOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);
        SafeFileHandle? file = null, hold = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full) ?? full);
            file = File.OpenHandle(full, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, FileOptions.Asynchronous);
            // Elsewhere than on Windows only FileShare.None keeps others out, and on the file itself it would keep readers out too.
            hold = File.OpenHandle(full + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            options ??= new();
            var logger = options.LoggerFactory.CreateLogger("AgentTeams.JsonlTrajectoryStore");
            var found = await TrajectoryFile.ScanAsync(file, full, logger, cancellationToken).ConfigureAwait(false);
            var store = new JsonlTrajectoryStore(full, file, hold, found, options.FlushToDisk, logger);
            file = hold = null;
            return store;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new AgentTeamsException($"The trajectory file '{full}' cannot be opened for writing: {e.Message} Choose a writable path that no other "
                + "process holds.", e);
        }
        finally
        {
            file?.Dispose();
            hold?.Dispose();
        }
    }

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">The file cannot be written; nothing was appended.</exception>
    public async Task<bool> AppendAsync(Trajectory trajectory, CancellationToken cancellationToken = default) =>
        await AppendAsync([trajectory], cancellationToken).ConfigureAwait(false) == 1;

    /// <summary>
    /// Adds a batch with one write. A value that cannot be written becomes a placeholder (<see cref="TrajectoryJson.Serialize"/>). Ids that are
    /// stored already, or come twice in the batch, are left as they are.
    /// </summary>
    /// <param name="trajectories">The trajectories, in the order in which they are to be read.</param>
    /// <param name="cancellationToken">Ends the waiting for other writers; a write that has begun is finished.</param>
    /// <returns>How many were appended.</returns>
    /// <exception cref="AgentTeamsException">The file cannot be written; nothing was appended.</exception>
    public async Task<int> AppendAsync(IReadOnlyList<Trajectory> trajectories, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectories);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var buffer = new ArrayBufferWriter<byte>(4096);
            var added = new Dictionary<string, (long Offset, int Length)>(StringComparer.Ordinal);
            foreach (var trajectory in trajectories)
            {
                if (_index.ContainsKey(trajectory.Id) || added.ContainsKey(trajectory.Id)) continue;
                var offset = _end + buffer.WrittenCount;
                added.Add(trajectory.Id, (offset, ChecksummedLine.Write(buffer, TrajectoryJson.Serialize(trajectory, Replaced))));

                void Replaced(Type type)
                {
                    if (_replaced.Add(type)) StoreLog.Replaced(_logger, FilePath, trajectory.Id, type);
                }
            }

            if (added.Count > 0) await WriteAsync(buffer.WrittenMemory).ConfigureAwait(false);
            lock (_lines)
            {
                foreach (var (id, line) in added)
                {
                    _index.Add(id, _lines.Count);
                    _lines.Add(line);
                }
            }

            return added.Count;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">The file cannot be written; no rewards were replaced.</exception>
    public async Task SetRewardsAsync(IReadOnlyList<Trajectory> scored, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(scored);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var buffer = new ArrayBufferWriter<byte>(4096);
            var added = new List<(string Id, (long Offset, int Length) Line)>();
            foreach (var trajectory in scored.Where(t => _index.ContainsKey(t.Id)))
            {
                var offset = _end + buffer.WrittenCount;
                added.Add((trajectory.Id, (offset, ChecksummedLine.Write(buffer, RewardAnnotation.Serialize(trajectory)))));
            }

            if (added.Count > 0) await WriteAsync(buffer.WrittenMemory).ConfigureAwait(false);
            lock (_lines) added.ForEach(a => _rewards[a.Id] = a.Line);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">The line was damaged since the file was opened.</exception>
    public async Task<Trajectory?> FindAsync(string id, CancellationToken cancellationToken = default)
    {
        (long Offset, int Length) line;
        lock (_lines)
        {
            if (!_index.TryGetValue(id, out var number)) return null;
            line = _lines[number];
        }

        return await ReadAsync(line, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>Trajectories that are appended meanwhile are read too.</remarks>
    /// <exception cref="AgentTeamsException">A line was damaged since the file was opened.</exception>
    public async IAsyncEnumerable<Trajectory> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var i = 0; ; i++)
        {
            (long Offset, int Length) line;
            lock (_lines)
            {
                if (i == _lines.Count) yield break;
                line = _lines[i];
            }

            yield return await ReadAsync(line, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _file.Dispose();
        _lock.Dispose();
        _gate.Dispose();
    }

    private async Task<Trajectory> ReadAsync((long Offset, int Length) line, CancellationToken cancellationToken)
    {
        var trajectory = TrajectoryJson.Deserialize(await ReadLineAsync(line, cancellationToken).ConfigureAwait(false));
        lock (_lines)
        {
            if (!_rewards.TryGetValue(trajectory.Id, out line)) return trajectory;
        }

        return trajectory with { Rewards = RewardAnnotation.Deserialize(await ReadLineAsync(line, cancellationToken).ConfigureAwait(false)).Rewards };
    }

    private async Task<byte[]> ReadLineAsync((long Offset, int Length) line, CancellationToken cancellationToken)
    {
        var bytes = new byte[line.Length];
        var read = 0;
        while (read < bytes.Length)
        {
            var more = await RandomAccess.ReadAsync(_file, bytes.AsMemory(read), line.Offset + read, cancellationToken).ConfigureAwait(false);
            if (more == 0) break;
            read += more;
        }

        return read == bytes.Length && ChecksummedLine.Verify(bytes) is not null
            ? bytes
            : throw new AgentTeamsException($"The line at byte {line.Offset} of '{FilePath}' was damaged after the file was opened. Restore the file, or "
                + "open it again to skip the line.");
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            // Not cancellable: half a batch on disk would be worth nothing.
            await RandomAccess.WriteAsync(_file, bytes, _end, CancellationToken.None).ConfigureAwait(false);
            if (_flushToDisk) RandomAccess.FlushToDisk(_file);
            _end += bytes.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            CutTo(_end);
            throw new AgentTeamsException($"The trajectory file '{FilePath}' cannot be written: {e.Message} Free space or choose another path; nothing was "
                + "appended.", e);
        }
    }

    private void CutTo(long length)
    {
        try
        {
            RandomAccess.SetLength(_file, length);
        }
        catch (IOException)
        {
            // The next append overwrites the same bytes, and opening again cuts what remains of them.
        }
    }
}
