using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace AgentTeams.Storage;

/// <summary>A shared context in one SQLite file. Safe for concurrent use, also by several processes.</summary>
/// <example><code>using var store = new SqliteContextStore("context.db");</code></example>
public sealed class SqliteContextStore : IContextStore, IDisposable
{
    private const string Columns = "c.key, c.version, c.value, c.writer, c.at";
    private readonly Lock _gate = new();
    private readonly SqliteConnection _connection;
    private readonly SqliteContextOptions _options;
    private TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Opens a file, or creates it together with its folder.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Limits and how others' changes are noticed; null, the default, for the defaults.</param>
    /// <exception cref="AgentTeamsException">The file cannot be written, or is no such store; or the options are not valid.</exception>
    public SqliteContextStore(string path, SqliteContextOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _options = options ?? new();
        OptionChecks.Validate(_options);
        FilePath = Path.GetFullPath(path);
        _connection = new(new SqliteConnectionStringBuilder { DataSource = FilePath, Pooling = false }.ToString());
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
            _connection.Open();
            using var create = Command($"""
                PRAGMA busy_timeout = 10000;
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = {(_options.FlushToDisk ? "FULL" : "NORMAL")};
                CREATE TABLE IF NOT EXISTS context (
                    run TEXT NOT NULL, version INTEGER NOT NULL, key TEXT NOT NULL, value TEXT, writer TEXT NOT NULL, at TEXT NOT NULL, token TEXT, PRIMARY KEY (run, version)) WITHOUT ROWID;
                CREATE INDEX IF NOT EXISTS context_keys ON context (run, key, version);
                CREATE UNIQUE INDEX IF NOT EXISTS context_tokens ON context (run, token) WHERE token IS NOT NULL;
                CREATE TABLE IF NOT EXISTS context_runs (run TEXT PRIMARY KEY, version INTEGER NOT NULL, keys INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
                """);
            create.ExecuteNonQuery();
            using var shape = Command($"SELECT {Columns}, c.run, c.token, r.run, r.version, r.keys, r.bytes FROM context c, context_runs r LIMIT 0");
            shape.ExecuteNonQuery();
        }
        catch (Exception e)
        {
            _connection.Dispose();
            if (e is SqliteException or IOException or UnauthorizedAccessException) throw new AgentTeamsException($"The shared context '{FilePath}' cannot be used: {e.Message} Name a file that can be written, or one that is a shared context.", e);
            throw;
        }
    }

    /// <summary>The file's full path.</summary>
    public string FilePath { get; }

    /// <inheritdoc/>
    public ValueTask<long> GetVersionAsync(string run, CancellationToken cancellationToken = default)
    {
        ContextChecks.Run(run);
        lock (_gate) return new(Totals(run).Version);
    }

    /// <inheritdoc/>
    public ValueTask<ContextEntry> WriteAsync(string run, ContextChange change, CancellationToken cancellationToken = default)
    {
        ContextChecks.Run(run);
        ArgumentNullException.ThrowIfNull(change);
        ContextChecks.Key(change.Key, _options.Limits);
        var value = ContextChecks.Value(change, _options.Limits);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            // The transaction holds the file's one writing lock, so versions are committed in their order.
            using var transaction = _connection.BeginTransaction();
            if (change.Token is not null && Read("WHERE c.run = $run AND c.token = $token", ("$run", run), ("$token", change.Token)) is [var made]) return new(made);
            var (version, keys, bytes) = Totals(run);
            var before = Newest(run, change.Key, long.MaxValue)?.Version ?? 0;
            bytes += ContextChecks.Size(change.Key, value);
            ContextChecks.Fits(change, before, keys, bytes, _options.Limits);
            var entry = new ContextEntry { Key = change.Key, Version = version + 1, Value = value is null ? null : JsonElement.Parse(value), Writer = change.Writer, At = _options.TimeProvider.GetUtcNow() };
            Run("INSERT INTO context (run, version, key, value, writer, at, token) VALUES ($run, $version, $key, $value, $writer, $at, $token)",
                ("$run", run), ("$version", entry.Version), ("$key", entry.Key), ("$value", value), ("$writer", entry.Writer), ("$at", entry.At.ToString("O", CultureInfo.InvariantCulture)), ("$token", change.Token));
            SetTotals(run, entry.Version, keys + (value is null ? 0 : 1) - (before > 0 ? 1 : 0), bytes);
            transaction.Commit();
            Tell();
            return new(entry);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ContextEntry?> GetAsync(string run, string key, long? asOf = null, CancellationToken cancellationToken = default)
    {
        ContextChecks.Run(run);
        ContextChecks.Key(key, _options.Limits);
        lock (_gate) return new(Newest(run, key, asOf ?? long.MaxValue));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ContextEntry>> ListAsync(string run, string prefix = "", long? asOf = null, CancellationToken cancellationToken = default)
    {
        ContextChecks.Run(run);
        ArgumentNullException.ThrowIfNull(prefix);
        lock (_gate)
        {
            return new(Read("""
                JOIN (SELECT key, max(version) AS newest FROM context WHERE run = $run AND version <= $asOf AND substr(key, 1, length($prefix)) = $prefix GROUP BY key) n
                ON c.run = $run AND c.version = n.newest WHERE c.value IS NOT NULL ORDER BY c.key
                """, ("$run", run), ("$asOf", asOf ?? long.MaxValue), ("$prefix", prefix)));
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ContextEntry>> GetHistoryAsync(string run, string key, CancellationToken cancellationToken = default)
    {
        ContextChecks.Run(run);
        ContextChecks.Key(key, _options.Limits);
        lock (_gate) return new(Read("WHERE c.run = $run AND c.key = $key ORDER BY c.version", ("$run", run), ("$key", key)));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ContextEntry> WatchAsync(string run, long after, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ContextChecks.Run(run);
        while (true)
        {
            List<ContextEntry> changes;
            Task told;
            lock (_gate)
            {
                told = _told.Task;
                changes = Read("WHERE c.run = $run AND c.version > $after ORDER BY c.version LIMIT 256", ("$run", run), ("$after", after));
            }

            foreach (var change in changes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                after = change.Version;
                yield return change;
            }

            if (changes.Count > 0) continue;
            // What this object writes wakes at once; other processes are asked about.
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(told, Task.Delay(_options.PollInterval, _options.TimeProvider, stop.Token)).ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc/>
    public ValueTask ForkAsync(string run, string parent, long asOf, CancellationToken cancellationToken = default)
    {
        ContextChecks.Run(run);
        ContextChecks.Run(parent);
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            if (Totals(run).Version > 0) return default;
            // Tokens are those of the parent's own calls.
            Run("INSERT INTO context (run, version, key, value, writer, at) SELECT $run, version, key, value, writer, at FROM context WHERE run = $parent AND version <= $asOf",
                ("$run", run), ("$parent", parent), ("$asOf", asOf));
            var copied = Read("WHERE c.run = $run ORDER BY c.version", ("$run", run));
            if (copied.Count == 0) return default;
            var keys = copied.GroupBy(e => e.Key, StringComparer.Ordinal).Count(g => g.Last().Value is not null);
            SetTotals(run, copied[^1].Version, keys, copied.Sum(e => ContextChecks.Size(e.Key, e.Value?.GetRawText())));
            transaction.Commit();
            Tell();
            return default;
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteRunAsync(string run, CancellationToken cancellationToken = default)
    {
        ContextChecks.Run(run);
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            var deleted = Run("DELETE FROM context WHERE run = $run", ("$run", run));
            Run("UPDATE context_runs SET keys = 0, bytes = 0 WHERE run = $run", ("$run", run));
            transaction.Commit();
            return new(deleted > 0);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        lock (_gate) _connection.Dispose();
    }

    private void Tell()
    {
        _told.SetResult();
        _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private (long Version, long Keys, long Bytes) Totals(string run)
    {
        using var command = Command("SELECT version, keys, bytes FROM context_runs WHERE run = $run", ("$run", run));
        using var row = command.ExecuteReader();
        return row.Read() ? (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)) : default;
    }

    private void SetTotals(string run, long version, long keys, long bytes) =>
        Run("INSERT INTO context_runs (run, version, keys, bytes) VALUES ($run, $version, $keys, $bytes) ON CONFLICT (run) DO UPDATE SET version = $version, keys = $keys, bytes = $bytes",
            ("$run", run), ("$version", version), ("$keys", keys), ("$bytes", bytes));

    private ContextEntry? Newest(string run, string key, long asOf) =>
        Read("WHERE c.run = $run AND c.key = $key AND c.version <= $asOf ORDER BY c.version DESC LIMIT 1", ("$run", run), ("$key", key), ("$asOf", asOf)) is [{ Value: not null } newest] ? newest : null;

    private List<ContextEntry> Read(string rest, params (string, object?)[] given)
    {
        using var command = Command($"SELECT {Columns} FROM context c {rest}", given);
        using var row = command.ExecuteReader();
        var entries = new List<ContextEntry>();
        while (row.Read())
        {
            entries.Add(new()
            {
                Key = row.GetString(0), Version = row.GetInt64(1), Value = row.IsDBNull(2) ? null : JsonElement.Parse(row.GetString(2)), Writer = row.GetString(3),
                At = DateTimeOffset.Parse(row.GetString(4), CultureInfo.InvariantCulture),
            });
        }

        return entries;
    }

    private int Run(string text, params (string, object?)[] given)
    {
        using var command = Command(text, given);
        return command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string text, params (string Name, object? Value)[] given)
    {
        var command = _connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in given) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}
