using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace AgentTeams.Storage;

/// <summary>
/// Journals in one SQLite file: a row for each record, with a checksum. A run has one writer at a time, held so by an empty file of the run in the folder
/// <c>FILE.locks</c> beside the database. Safe for concurrent use.
/// </summary>
/// <example>
/// <code>
/// using var store = new SqliteCheckpointStore("runs.db");
/// await workflow.RunAsync(initial, runtime, new() { Checkpoints = store, RunId = "order-17" });
/// </code>
/// </example>
public sealed class SqliteCheckpointStore : ICheckpointStore, IDisposable
{
    private const int Conflict = 19;
    private readonly Lock _gate = new();
    private readonly string _locks;
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;

    /// <summary>Opens a file, or creates it together with its folder.</summary>
    /// <param name="path">The file.</param>
    /// <param name="flushToDisk">
    /// Whether each append waits until the disk has it. Where it does not, a record survives the end of the process, but not always that of the machine.
    /// </param>
    /// <exception cref="AgentTeamsException">The file cannot be written, or is no such store.</exception>
    public SqliteCheckpointStore(string path, bool flushToDisk = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FilePath = Path.GetFullPath(path);
        _locks = FilePath + ".locks";
        _connection = new(new SqliteConnectionStringBuilder { DataSource = FilePath, Pooling = false }.ToString());
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
            _connection.Open();
            SqliteSchema.Check(_connection, FilePath);
            SqliteSchema.Create(_connection, flushToDisk);
            Directory.CreateDirectory(_locks);
            _insert = _connection.CreateCommand();
            _insert.CommandText = "INSERT INTO records (run, idx, body, sum) VALUES ($run, $idx, $body, $sum)";
            foreach (var name in (string[])["$run", "$idx", "$body", "$sum"]) _insert.Parameters.Add(new() { ParameterName = name });
            _insert.Prepare();
        }
        catch (Exception e)
        {
            _connection.Dispose();
            if (e is SqliteException or IOException or UnauthorizedAccessException) throw Unusable(e);
            throw;
        }
    }

    /// <summary>The file's full path.</summary>
    public string FilePath { get; }

    /// <inheritdoc/>
    public Task<IRunJournal> OpenAsync(string runId, CancellationToken cancellationToken = default)
    {
        JournalIds.Check(runId);
        cancellationToken.ThrowIfCancellationRequested();
        var hold = Hold(runId);
        try
        {
            lock (_gate) return Task.FromResult<IRunJournal>(new Journal(this, runId, Read(runId), hold));
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string runId, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        JournalIds.Check(runId);
        List<ReadOnlyMemory<byte>> records;
        lock (_gate) records = Read(runId);
        foreach (var record in records)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return record;
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken = default)
    {
        var ids = new List<string>();
        lock (_gate)
        {
            Guarded(() =>
            {
                using var command = _connection.CreateCommand();
                command.CommandText = SqliteSchema.ListRuns;
                using var reader = command.ExecuteReader();
                while (reader.Read()) ids.Add(reader.GetString(0));
                return ids.Count;
            });
        }

        return ids.Order(StringComparer.Ordinal).ToAsyncEnumerable();
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string runId, CancellationToken cancellationToken = default)
    {
        JournalIds.Check(runId);
        lock (_gate)
        {
            using var hold = Hold(runId);
            return Task.FromResult(Guarded(() =>
            {
                using var command = _connection.CreateCommand();
                command.CommandText = "DELETE FROM records WHERE run = $run";
                command.Parameters.AddWithValue("$run", runId);
                return command.ExecuteNonQuery() > 0;
            }));
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _insert.Dispose();
            _connection.Dispose();
        }
    }

    private SafeFileHandle Hold(string runId)
    {
        try
        {
            return JournalHold.Take(runId, Path.Combine(_locks, JournalIds.ToFileName(runId) + ".lock"), FilePath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(e);
        }
    }

    private T Guarded<T>(Func<T> use)
    {
        try
        {
            return use();
        }
        catch (SqliteException e)
        {
            throw Unusable(e);
        }
    }

    private List<ReadOnlyMemory<byte>> Read(string runId) => Guarded(() => ReadRecords(runId));

    private List<ReadOnlyMemory<byte>> ReadRecords(string runId)
    {
        var records = new List<ReadOnlyMemory<byte>>();
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT idx, body, sum FROM records WHERE run = $run ORDER BY idx";
        command.Parameters.AddWithValue("$run", runId);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            if (reader.GetInt64(0) != records.Count) throw new JournalDamagedException(runId, records.Count, $"it is missing from '{FilePath}'.");
            if (reader[1] is not byte[] body || reader.GetInt64(2) != RecordChecksum.Of(body))
                throw new JournalDamagedException(runId, records.Count, $"its row in '{FilePath}' does not fit its checksum.");
            records.Add(body);
        }

        return records;
    }

    private void Append(string runId, long index, ReadOnlyMemory<byte> record)
    {
        JournalIds.Check(record.Span);
        lock (_gate)
        {
            var body = record.ToArray();
            _insert.Parameters["$run"].Value = runId;
            _insert.Parameters["$idx"].Value = index;
            _insert.Parameters["$body"].Value = body;
            _insert.Parameters["$sum"].Value = RecordChecksum.Of(body);
            try
            {
                _insert.ExecuteNonQuery();
            }
            catch (SqliteException e)
            {
                throw e.SqliteErrorCode == Conflict ? new JournalInUseException(runId, FilePath, e) : Unusable(e);
            }
        }
    }

    private AgentTeamsException Unusable(Exception e) =>
        new($"The store '{FilePath}' cannot be used: {e.Message} Restore it from a copy, or choose a writable path that holds nothing else.", e);

    private sealed class Journal(SqliteCheckpointStore store, string runId, IReadOnlyList<ReadOnlyMemory<byte>> records, SafeFileHandle hold) : IRunJournal
    {
        private long _next = records.Count;
        private bool _isClosed;

        public IReadOnlyList<ReadOnlyMemory<byte>> Records => records;

        public ValueTask AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (store._gate)
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                store.Append(runId, _next, record);
                _next++;
            }

            return default;
        }

        public ValueTask DisposeAsync()
        {
            lock (store._gate)
            {
                _isClosed = true;
                hold.Dispose();
            }

            return default;
        }
    }
}
