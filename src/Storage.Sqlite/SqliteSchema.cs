using Microsoft.Data.Sqlite;

namespace AgentTeams.Storage;

/// <summary>The one table of a store.</summary>
internal static class SqliteSchema
{
    private const string Shape = "run TEXT 1, idx INTEGER 2, body BLOB 0, sum INTEGER 0";

    // Goes from each run straight to the next one: the records between are not read.
    public const string ListRuns = """
        WITH RECURSIVE ids(id) AS (
            SELECT min(run) FROM records
            UNION ALL
            SELECT (SELECT min(run) FROM records WHERE run > id) FROM ids WHERE id IS NOT NULL)
        SELECT id FROM ids WHERE id IS NOT NULL
        """;

    /// <summary>Refuses a file whose table of this name is another program's, before anything of it is changed.</summary>
    public static void Check(SqliteConnection connection, string path)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT group_concat(name || ' ' || type || ' ' || pk, ', ') FROM pragma_table_info('records')";
        if (command.ExecuteScalar() is string shape && shape != Shape)
        {
            throw new AgentTeamsException(
                $"The file '{path}' has a table 'records' of another program ({shape}). Name another file; this one was left as it is.");
        }
    }

    public static void Create(SqliteConnection connection, bool flushToDisk)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            PRAGMA busy_timeout = 10000;
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = {(flushToDisk ? "FULL" : "NORMAL")};
            CREATE TABLE IF NOT EXISTS records (
                run TEXT NOT NULL, idx INTEGER NOT NULL, body BLOB NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (run, idx)) WITHOUT ROWID;
            """;
        command.ExecuteNonQuery();
    }
}
