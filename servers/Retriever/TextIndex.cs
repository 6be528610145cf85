using System.Text;
using Microsoft.Data.Sqlite;

namespace AgentTeams.Servers;

/// <summary>A place where the words of a query were found.</summary>
/// <param name="File">The file's name within the folder.</param>
/// <param name="From">The first line.</param>
/// <param name="To">The last line.</param>
/// <param name="Score">BM25; larger fits better. Comparable within one answer.</param>
/// <param name="Text">The lines.</param>
internal sealed record Hit(string File, int From, int To, double Score, string Text);

/// <summary>The words of a folder's texts in SQLite (FTS5), ranked by its BM25 (k1 = 1.2, b = 0.75).</summary>
internal sealed class TextIndex : IDisposable
{
    // What the index holds depends on these, so an index file of others is made anew.
    private const int Layout = 1;

    private readonly Lock _gate = new();
    private readonly TextFolder _folder;
    private readonly RetrieverOptions _options;
    private readonly SqliteConnection _connection;

    /// <exception cref="RetrieverException">The folder or the index file cannot be used.</exception>
    public TextIndex(TextFolder folder, RetrieverOptions options)
    {
        (_folder, _options) = (folder, options);
        _connection = new(new SqliteConnectionStringBuilder { DataSource = options.Index ?? ":memory:", Pooling = false }.ToString());
        try
        {
            _connection.Open();
            Execute("""
                PRAGMA busy_timeout = 10000;
                CREATE TABLE IF NOT EXISTS made (how TEXT NOT NULL);
                CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, changed INTEGER NOT NULL, size INTEGER NOT NULL);
                CREATE TABLE IF NOT EXISTS chunks (id INTEGER PRIMARY KEY, file TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
                CREATE INDEX IF NOT EXISTS chunk_files ON chunks (file);
                CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (text, tokenize = "unicode61 remove_diacritics 2");
                """);
            var how = $"{Layout} {folder.Root} {options.ChunkSize} {options.Overlap}";
            using var made = Command("SELECT how FROM made");
            if (made.ExecuteScalar() as string != how) Execute("DELETE FROM files; DELETE FROM chunks; DELETE FROM words; DELETE FROM made; INSERT INTO made VALUES ($how)", ("$how", how));
        }
        catch (SqliteException e)
        {
            _connection.Dispose();
            throw new RetrieverException($"The index '{options.Index}' cannot be used: {e.Message} Name a file that can be written with --index, or none.", e);
        }
    }

    /// <summary>The best chunks for a query, after the index has been brought up to date.</summary>
    /// <returns>Best first; of equals the one that comes first in the folder.</returns>
    public IReadOnlyList<Hit> Search(string query, int limit, CancellationToken cancellationToken = default)
    {
        var words = Words(query);
        lock (_gate)
        {
            Refresh(cancellationToken);
            if (words.Count == 0) return [];
            // SQLite's bm25 is negative, the better the smaller.
            using var command = Command("""
                SELECT c.file, c.first, c.last, -bm25(words), w.text FROM words w JOIN chunks c ON c.id = w.rowid
                WHERE words MATCH $query ORDER BY bm25(words), c.file, c.first LIMIT $limit
                """, ("$query", string.Join(" OR ", words.Select(w => $"\"{w}\""))), ("$limit", limit));
            using var row = command.ExecuteReader();
            var hits = new List<Hit>();
            while (row.Read()) hits.Add(new(row.GetString(0), row.GetInt32(1), row.GetInt32(2), row.GetDouble(3), row.GetString(4)));
            return hits;
        }
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>The words of a query. Whatever else it holds is no operator, so that no query is malformed.</summary>
    private static List<string> Words(string query)
    {
        var plain = new StringBuilder(query.Length);
        foreach (var rune in query.EnumerateRunes()) plain.Append(Rune.IsLetterOrDigit(rune) ? rune.ToString() : " ");
        return [.. plain.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>Reads what is new or has another time or size, and forgets what is gone.</summary>
    private void Refresh(CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, (long Changed, long Size)>(StringComparer.Ordinal);
        using (var command = Command("SELECT name, changed, size FROM files"))
        using (var row = command.ExecuteReader())
        {
            while (row.Read()) known[row.GetString(0)] = (row.GetInt64(1), row.GetInt64(2));
        }

        using var transaction = _connection.BeginTransaction();
        foreach (var (name, file) in _folder.Files())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var now = (file.LastWriteTimeUtc.Ticks, file.Length);
            if (known.Remove(name, out var before) && before == now) continue;
            Forget(name);
            try
            {
                Add(name, File.ReadAllText(file.FullName));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone or shut meanwhile; the next query looks again.
                continue;
            }

            Execute("INSERT INTO files VALUES ($name, $changed, $size)", ("$name", name), ("$changed", now.Ticks), ("$size", now.Length));
        }

        foreach (var gone in known.Keys) Forget(gone);
        transaction.Commit();
    }

    private void Add(string name, string text)
    {
        foreach (var chunk in TextChunks.Cut(text, _options.ChunkSize, _options.Overlap))
        {
            Execute("""
                INSERT INTO chunks (file, first, last) VALUES ($file, $first, $last);
                INSERT INTO words (rowid, text) VALUES (last_insert_rowid(), $text);
                """, ("$file", name), ("$first", chunk.From), ("$last", chunk.To), ("$text", chunk.Text));
        }
    }

    private void Forget(string name) => Execute("""
        DELETE FROM words WHERE rowid IN (SELECT id FROM chunks WHERE file = $name);
        DELETE FROM chunks WHERE file = $name;
        DELETE FROM files WHERE name = $name;
        """, ("$name", name));

    private void Execute(string text, params (string, object)[] given)
    {
        using var command = Command(text, given);
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string text, params (string Name, object Value)[] given)
    {
        var command = _connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in given) command.Parameters.AddWithValue(name, value);
        return command;
    }
}
