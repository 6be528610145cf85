using System.Text;
using Microsoft.Data.Sqlite;

namespace AgentTeams.Tests;

public sealed class SqliteCheckpointStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("journals").FullName;

    [Theory]
    [InlineData("CREATE TABLE records (name TEXT)")]
    [InlineData("CREATE TABLE records (run, idx, body, sum)")]
    [InlineData("CREATE TABLE records (run TEXT, idx INTEGER, body TEXT, sum REAL, PRIMARY KEY (run, idx))")]
    [InlineData("CREATE VIEW records AS SELECT 'a' AS run, 0 AS idx, x'7b7d' AS body, 0 AS sum")]
    public async Task SqliteCheckpointStore_TableOfAnotherShape_IsRefusedAndLeftAsItIs(string sql)
    {
        Execute(sql);
        var before = await File.ReadAllBytesAsync(FilePath);

        Assert.Contains(FilePath, Assert.Throws<AgentTeamsException>(() => new SqliteCheckpointStore(FilePath)).Message, StringComparison.Ordinal);

        Assert.Equal(before, await File.ReadAllBytesAsync(FilePath));
    }

    [Theory]
    [InlineData("UPDATE records SET body = x'7b7d' WHERE idx = 1")]
    [InlineData("UPDATE records SET body = 'text' WHERE idx = 1")]
    [InlineData("UPDATE records SET sum = 'text' WHERE idx = 1")]
    [InlineData("DELETE FROM records WHERE idx = 1")]
    [InlineData("UPDATE records SET idx = 'text' WHERE idx = 1")]
    public async Task OpenAsync_RowChanged_IsRefusedWithItsRecordAndFile(string sql)
    {
        using var store = new SqliteCheckpointStore(FilePath);
        await AppendAsync(store, "run", 3);
        Execute(sql);

        var error = await Assert.ThrowsAsync<JournalDamagedException>(() => store.OpenAsync("run"));

        Assert.Equal(1, error.Record);
        Assert.Contains(FilePath, error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<JournalDamagedException>(() => store.ReadAsync("run").ToListAsync().AsTask());
        Assert.True(await store.DeleteAsync("run"));
    }

    [Fact]
    public async Task AppendAsync_RecordThatAProgramWithoutTheLockWrote_IsRefused()
    {
        using var store = new SqliteCheckpointStore(FilePath);
        await using var journal = await store.OpenAsync("run");
        Execute("INSERT INTO records VALUES ('run', 0, x'7b7d', 0)");

        await Assert.ThrowsAsync<JournalInUseException>(async () => await journal.AppendAsync("""{"i":0}"""u8.ToArray()));
    }

    [Fact]
    public async Task ListAsync_ManyRunsOfManyRecords_ShowsEachOnceInOrder()
    {
        using var store = new SqliteCheckpointStore(FilePath);
        string[] ids = [.. Enumerable.Range(0, 50).SelectMany(i => (string[])[$"run-{i}", $"RUN:{i}"]), "a", "A", ".", "_", "-"];
        Assert.Empty(await store.ListAsync().ToListAsync());
        foreach (var id in ids) await AppendAsync(store, id, 20);

        Assert.Equal(ids.Order(StringComparer.Ordinal), await store.ListAsync().ToListAsync());
    }

    [Fact]
    public async Task SqliteCheckpointStore_PageThatIsDamaged_IsToldWithItsFile()
    {
        using (var store = new SqliteCheckpointStore(FilePath))
        {
            await using var journal = await store.OpenAsync("run");
            for (var i = 0; i < 200; i++) await journal.AppendAsync(Encoding.UTF8.GetBytes($$"""{"text":"{{new string('x', 500)}}"}"""));
        }

        var bytes = await File.ReadAllBytesAsync(FilePath);
        bytes.AsSpan(4096).Fill(0x5A);
        await File.WriteAllBytesAsync(FilePath, bytes);
        using var damaged = new SqliteCheckpointStore(FilePath);

        foreach (var use in (Func<Task>[])
            [
                () => damaged.OpenAsync("run"),
                async () => await damaged.ReadAsync("run").ToListAsync(),
                async () => await damaged.ListAsync().ToListAsync(),
                () => damaged.DeleteAsync("run"),
            ])
            Assert.Contains(FilePath, (await Assert.ThrowsAsync<AgentTeamsException>(use)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SqliteCheckpointStore_FileOfSomethingElse_IsRefused()
    {
        File.WriteAllText(FilePath, new string('x', 5000));

        Assert.Contains(FilePath, Assert.Throws<AgentTeamsException>(() => new SqliteCheckpointStore(FilePath)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string FilePath => Path.Combine(_folder, "runs.db");

    private static async Task AppendAsync(SqliteCheckpointStore store, string run, int count)
    {
        await using var journal = await store.OpenAsync(run);
        for (var i = 0; i < count; i++) await journal.AppendAsync(Encoding.UTF8.GetBytes($$"""{"i":{{i}}}"""));
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
