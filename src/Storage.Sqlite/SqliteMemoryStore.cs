using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace AgentTeams.Storage;

/// <summary>A memory in one SQLite file, whose words are indexed (FTS5). Safe for concurrent use, also by several processes.</summary>
/// <example><code>using var store = new SqliteMemoryStore("memory.db");</code></example>
public sealed class SqliteMemoryStore : IMemoryStore, IDisposable
{
    private const string Columns = "version, id, kind, key, text, run, node, role, reward, at, embedding";

    // What a version knows: episodes, and the newest fact of each key.
    private const string Known = """
        e.version <= $asOf AND (e.kind = 1 OR NOT EXISTS (SELECT 1 FROM memory n WHERE n.kind = 0 AND n.key = e.key AND n.version > e.version AND n.version <= $asOf))
        AND ($kind IS NULL OR e.kind = $kind)
        """;

    private readonly Lock _gate = new();
    private readonly SqliteConnection _connection;

    /// <summary>Opens a file, or creates it together with its folder.</summary>
    /// <exception cref="AgentTeamsException">The file cannot be written, or is no such store.</exception>
    public SqliteMemoryStore(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FilePath = Path.GetFullPath(path);
        _connection = new(new SqliteConnectionStringBuilder { DataSource = FilePath, Pooling = false }.ToString());
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
            _connection.Open();
            using var create = Command("""
                PRAGMA busy_timeout = 10000;
                PRAGMA journal_mode = WAL;
                CREATE TABLE IF NOT EXISTS memory (
                    version INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL, key TEXT NOT NULL, text TEXT NOT NULL, run TEXT NOT NULL,
                    node TEXT NOT NULL, role TEXT NOT NULL, reward REAL, at TEXT NOT NULL, embedding BLOB, words INTEGER NOT NULL);
                CREATE INDEX IF NOT EXISTS memory_keys ON memory (key, version);
                CREATE VIRTUAL TABLE IF NOT EXISTS memory_words USING fts5 (words, tokenize = "unicode61 remove_diacritics 0");
                """);
            create.ExecuteNonQuery();
            using var shape = Command($"SELECT {Columns}, words FROM memory LIMIT 0");
            shape.ExecuteNonQuery();
        }
        catch (Exception e)
        {
            _connection.Dispose();
            if (e is SqliteException or IOException or UnauthorizedAccessException) throw new AgentTeamsException($"The memory '{FilePath}' cannot be used: {e.Message} Name a file that can be written, or one that is a memory.", e);
            throw;
        }
    }

    /// <summary>The file's full path.</summary>
    public string FilePath { get; }

    /// <inheritdoc/>
    public ValueTask<long> GetVersionAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate) return new(Version());
    }

    /// <inheritdoc/>
    public ValueTask<long> AddAsync(IReadOnlyList<MemoryEntry> entries, CancellationToken cancellationToken = default)
    {
        MemoryChecks.Check(entries);
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            foreach (var entry in entries)
            {
                using var known = Command("SELECT text FROM memory WHERE id = $id", ("$id", entry.Id));
                if (known.ExecuteScalar() is string text)
                {
                    if (text == entry.Text) continue;
                    Delete("id = $id", ("$id", entry.Id));
                }

                var words = MemoryRanking.Words(MemoryRanking.TextOf(entry));
                using var insert = Command("""
                    INSERT INTO memory (id, kind, key, text, run, node, role, reward, at, embedding, words) VALUES ($id, $kind, $key, $text, $run, $node, $role, $reward, $at, $embedding, $count);
                    INSERT INTO memory_words (rowid, words) VALUES (last_insert_rowid(), $words);
                    """,
                    ("$id", entry.Id), ("$kind", (int)entry.Kind), ("$key", entry.Key), ("$text", entry.Text), ("$run", entry.Run), ("$node", entry.Node), ("$role", entry.Role), ("$reward", entry.Reward),
                    ("$at", entry.At.ToString("O")), ("$embedding", entry.Embedding.IsEmpty ? null : MemoryMarshal.AsBytes(entry.Embedding.AsSpan()).ToArray()), ("$count", words.Count), ("$words", string.Join(' ', words)));
                insert.ExecuteNonQuery();
            }

            transaction.Commit();
            return new(Version());
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MemoryEntry>> SearchAsync(MemoryQuery query, CancellationToken cancellationToken = default)
    {
        MemoryChecks.Check(query);
        var words = query.Embedding.IsEmpty ? MemoryRanking.Words(query.Text).Distinct(StringComparer.Ordinal).ToList() : [];
        if (query.Embedding.IsEmpty && query.Text.Length > 0 && words.Count == 0) return new((IReadOnlyList<MemoryEntry>)[]);
        List<(string, object?)> given = [("$asOf", query.AsOf ?? long.MaxValue), ("$kind", query.Kind is { } kind ? (int)kind : null), .. query.Keys.Select((k, i) => ($"$key{i}", (object?)k))];
        var keys = query.Keys.IsEmpty ? "" : $" AND (e.kind = 1 OR {string.Join(" OR ", query.Keys.Select((_, i) => $"substr(e.key, 1, length($key{i})) = $key{i}"))})";
        lock (_gate)
        {
            using var statistics = Command($"SELECT count(*), avg(e.words) FROM memory e WHERE {Known}{keys}", [.. given]);
            var (count, mean) = (0, 0.0);
            using (var row = statistics.ExecuteReader())
            {
                if (row.Read()) (count, mean) = (row.GetInt32(0), row.IsDBNull(1) ? 0 : row.GetDouble(1));
            }

            var match = words.Count == 0 ? "" : " AND e.version IN (SELECT rowid FROM memory_words WHERE memory_words MATCH $match)";
            if (words.Count > 0) given.Add(("$match", string.Join(" OR ", words.Select(w => $"\"{w}\""))));
            return new(MemoryRanking.Best(query, Read($"SELECT {Columns} FROM memory e WHERE {Known}{keys}{match} ORDER BY version", [.. given]), count, mean));
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MemoryEntry>> GetHistoryAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        lock (_gate) return new(Read($"SELECT {Columns} FROM memory WHERE kind = 0 AND key = $key ORDER BY version", ("$key", key)));
    }

    /// <inheritdoc/>
    public ValueTask<int> ForgetAsync(MemorySource source, CancellationToken cancellationToken = default)
    {
        MemoryChecks.Check(source);
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            var count = Delete("""
                ($run IS NULL OR run = $run) AND ($node IS NULL OR node = $node) AND ($role IS NULL OR role = $role)
                AND ($key IS NULL OR (kind = 0 AND substr(key, 1, length($key)) = $key))
                """, ("$run", source.Run), ("$node", source.Node), ("$role", source.Role), ("$key", source.Key));
            transaction.Commit();
            return new(count);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _connection.Dispose();

    private long Version()
    {
        using var version = Command("SELECT seq FROM sqlite_sequence WHERE name = 'memory'");
        return version.ExecuteScalar() as long? ?? 0;
    }

    private int Delete(string where, params (string, object?)[] given)
    {
        using var words = Command($"DELETE FROM memory_words WHERE rowid IN (SELECT version FROM memory WHERE {where})", given);
        words.ExecuteNonQuery();
        using var entries = Command($"DELETE FROM memory WHERE {where}", given);
        return entries.ExecuteNonQuery();
    }

    private List<MemoryEntry> Read(string select, params (string, object?)[] given)
    {
        using var command = Command(select, given);
        using var row = command.ExecuteReader();
        var entries = new List<MemoryEntry>();
        while (row.Read())
        {
            entries.Add(new()
            {
                Version = row.GetInt64(0), Id = row.GetString(1), Kind = (MemoryKind)row.GetInt32(2), Key = row.GetString(3), Text = row.GetString(4), Run = row.GetString(5), Node = row.GetString(6),
                Role = row.GetString(7), Reward = row.IsDBNull(8) ? null : row.GetDouble(8), At = DateTimeOffset.Parse(row.GetString(9), System.Globalization.CultureInfo.InvariantCulture),
                Embedding = row.IsDBNull(10) ? [] : [.. MemoryMarshal.Cast<byte, float>((byte[])row.GetValue(10))],
            });
        }

        return entries;
    }

    private SqliteCommand Command(string text, params (string Name, object? Value)[] given)
    {
        var command = _connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in given) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}
