using System.Runtime.CompilerServices;
using System.Text;

namespace AgentTeams.Tests;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("journals").FullName;
    private readonly List<IDisposable> _open = [];
    private int _stores;

    public static TheoryData<string, string> Promises
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var promise in CheckpointStoreConformance.Promises)
            {
                foreach (var store in (string[])["memory", "file", "flushed file", "sqlite"]) data.Add(store, promise);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Promises))]
    public Task RunAsync_Conformance_Holds(string store, string promise) => CheckpointStoreConformance.RunAsync(promise, New(store));

    [Fact]
    public async Task RunAsync_StoreThatForgets_IsToldWhichPromisesItBreaks()
    {
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => CheckpointStoreConformance.RunAsync(() => new ForgetfulStore()));

        Assert.Contains("'records come back whole and in order' does not hold for ForgetfulStore", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a run that is not stored", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_FileCutAtEveryByte_HasTheRecordsThatWereWritten()
    {
        var whole = await JournalAsync();
        var ends = Ends(whole);
        for (var length = 0; length <= whole.Length; length++)
        {
            await File.WriteAllBytesAsync(PathOf("run"), whole[..length]);
            await using (var journal = await new FileCheckpointStore(_folder).OpenAsync("run"))
            {
                // A line without its break is whole all the same.
                Assert.Equal(ends.Count(e => e - 1 <= length), journal.Records.Count);
                await journal.AppendAsync("""{"after":1}"""u8.ToArray());
            }

            Assert.Equal("""{"after":1}""", Encoding.UTF8.GetString((await new FileCheckpointStore(_folder).ReadAsync("run").LastAsync()).Span));
        }
    }

    [Fact]
    public async Task OpenAsync_ByteFlippedAnywhere_IsRefusedOrLosesNothing()
    {
        var whole = await JournalAsync();
        var expected = await new FileCheckpointStore(_folder).ReadAsync("run").Select(r => Encoding.UTF8.GetString(r.Span)).ToListAsync();
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var flip in (byte[])[0x01, 0x20, 0x80])
            {
                var damaged = (byte[])whole.Clone();
                damaged[at] ^= flip;
                await File.WriteAllBytesAsync(PathOf("run"), damaged);
                try
                {
                    await using var journal = await new FileCheckpointStore(_folder).OpenAsync("run");
                    Assert.Equal(expected, journal.Records.Select(r => Encoding.UTF8.GetString(r.Span)));
                }
                catch (JournalDamagedException e)
                {
                    Assert.InRange(e.Record, 0, expected.Count - 1);
                    Assert.Equal(damaged, await File.ReadAllBytesAsync(PathOf("run")));
                }
            }
        }
    }

    [Fact]
    public async Task OpenAsync_LineBreaksThatATransferMadeTwoBytes_GoesOnBehindThem()
    {
        var text = Encoding.UTF8.GetString(await JournalAsync()).Replace("\n", "\r\n", StringComparison.Ordinal);
        await File.WriteAllTextAsync(PathOf("run"), text);
        await using (var journal = await new FileCheckpointStore(_folder).OpenAsync("run")) await journal.AppendAsync("""{"i":3}"""u8.ToArray());

        Assert.Equal(4, await new FileCheckpointStore(_folder).ReadAsync("run").CountAsync());
    }

    [Fact]
    public async Task ReadAsync_RowChangedInSqlite_IsRefusedWithItsRecord()
    {
        using var store = new SqliteCheckpointStore(Path.Combine(_folder, "runs.db"));
        await using (var journal = await store.OpenAsync("run"))
        {
            for (var i = 0; i < 3; i++) await journal.AppendAsync(Encoding.UTF8.GetBytes($$"""{"i":{{i}}}"""));
        }

        using (var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={store.FilePath};Pooling=False"))
        {
            other.Open();
            using var command = other.CreateCommand();
            command.CommandText = "UPDATE records SET body = x'7b7d' WHERE idx = 1";
            command.ExecuteNonQuery();
        }

        Assert.Equal(1, (await Assert.ThrowsAsync<JournalDamagedException>(() => store.OpenAsync("run"))).Record);
    }

    public static TheoryData<string, string> PromisesOfTwo
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var promise in CheckpointStoreConformance.PromisesOfTwo)
            {
                foreach (var store in (string[])["file", "sqlite"]) data.Add(store, promise);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(PromisesOfTwo))]
    public Task RunAsync_ConformanceOfTwoObjects_Holds(string kind, string promise)
    {
        var store = New(kind);
        _stores--;
        return CheckpointStoreConformance.RunAsync(promise, store, New(kind));
    }

    [Theory]
    [InlineData("notes of someone else")]
    [InlineData("""{"settings":{"a":1}}""")]
    [InlineData("[1, 2, 3")]
    public async Task OpenAsync_FileOfAnotherProgram_IsRefusedAndLeftAsItIs(string text)
    {
        await File.WriteAllTextAsync(PathOf("run"), text);

        await Assert.ThrowsAsync<JournalDamagedException>(() => new FileCheckpointStore(_folder).OpenAsync("run"));

        Assert.Equal(text, await File.ReadAllTextAsync(PathOf("run")));
    }

    [Fact]
    public async Task OpenAsync_LineMissingInTheMiddle_IsRefused()
    {
        var lines = Encoding.UTF8.GetString(await JournalAsync()).Split('\n');
        await File.WriteAllTextAsync(PathOf("run"), $"{lines[0]}\n{lines[2]}\n");

        Assert.Equal(1, (await Assert.ThrowsAsync<JournalDamagedException>(() => new FileCheckpointStore(_folder).OpenAsync("run"))).Record);
    }

    [Fact]
    public async Task ListAsync_FilesOfOtherPrograms_AreNotShown()
    {
        await JournalAsync();
        foreach (var name in (string[])["Capital.journal", "a b.journal", "~.journal", "notes.txt"]) await File.WriteAllTextAsync(Path.Combine(_folder, name), "x");

        Assert.Equal(["run"], await new FileCheckpointStore(_folder).ListAsync().ToListAsync());
    }

    [Fact]
    public async Task ReadAsync_FolderInPlaceOfAJournal_IsToldWithItsPath()
    {
        Directory.CreateDirectory(PathOf("run"));
        var folder = new FileCheckpointStore(_folder);

        Assert.Empty(await folder.ReadAsync("run").ToListAsync());
        Assert.Contains(PathOf("run"), (await Assert.ThrowsAsync<AgentTeamsException>(() => folder.OpenAsync("run"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SqliteCheckpointStore_TableOfAnotherShape_IsRefused()
    {
        var path = Path.Combine(_folder, "other.db");
        using (var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False"))
        {
            other.Open();
            using var command = other.CreateCommand();
            command.CommandText = "CREATE TABLE records (name TEXT)";
            command.ExecuteNonQuery();
        }

        Assert.Contains(path, Assert.Throws<AgentTeamsException>(() => new SqliteCheckpointStore(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SqliteCheckpointStore_PageThatIsDamaged_IsToldWithItsFile()
    {
        var path = Path.Combine(_folder, "damaged.db");
        using (var store = new SqliteCheckpointStore(path))
        {
            await using var journal = await store.OpenAsync("run");
            for (var i = 0; i < 200; i++) await journal.AppendAsync(Encoding.UTF8.GetBytes($$"""{"text":"{{new string('x', 500)}}"}"""));
        }

        var bytes = await File.ReadAllBytesAsync(path);
        bytes.AsSpan(4096).Fill(0x5A);
        await File.WriteAllBytesAsync(path, bytes);
        using var damaged = new SqliteCheckpointStore(path);

        Assert.Contains(path, (await Assert.ThrowsAsync<AgentTeamsException>(() => damaged.OpenAsync("run"))).Message, StringComparison.Ordinal);
        Assert.Contains(path, Assert.Throws<AgentTeamsException>(() => damaged.ListAsync().ToListAsync().AsTask().GetAwaiter().GetResult()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SqliteCheckpointStore_FileOfSomethingElse_IsRefused()
    {
        var path = Path.Combine(_folder, "text.db");
        File.WriteAllText(path, new string('x', 5000));

        Assert.Contains(path, Assert.Throws<AgentTeamsException>(() => new SqliteCheckpointStore(path)).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _open.ForEach(o => o.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    private string PathOf(string run) => Path.Combine(_folder, run + ".journal");

    private ICheckpointStore New(string kind)
    {
        var folder = Path.Combine(_folder, $"{_stores++}");
        if (kind == "memory") return new InMemoryCheckpointStore();
        if (kind != "sqlite") return new FileCheckpointStore(folder, new() { FlushToDisk = kind != "file" });
        var store = new SqliteCheckpointStore(Path.Combine(folder, "runs.db"));
        _open.Add(store);
        return store;
    }

    private async Task<byte[]> JournalAsync()
    {
        await using (var journal = await new FileCheckpointStore(_folder).OpenAsync("run"))
        {
            foreach (var record in (string[])["""{"kind":"run"}""", """{"i":1,"text":"ü"}""", """{"i":2}"""]) await journal.AppendAsync(Encoding.UTF8.GetBytes(record));
        }

        return await File.ReadAllBytesAsync(PathOf("run"));
    }

    private static List<int> Ends(byte[] journal) => [.. Enumerable.Range(0, journal.Length).Where(i => journal[i] == '\n').Select(i => i + 1)];

    private sealed class ForgetfulStore : ICheckpointStore
    {
        private readonly InMemoryCheckpointStore _inner = new();

        public Task<IRunJournal> OpenAsync(string runId, CancellationToken cancellationToken = default) => _inner.OpenAsync(runId, cancellationToken);

        public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string runId, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (var record in _inner.ReadAsync(runId, cancellationToken).Take(1)) yield return record;
        }

        public IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken = default) => _inner.ListAsync(cancellationToken);

        public Task<bool> DeleteAsync(string runId, CancellationToken cancellationToken = default) => _inner.DeleteAsync(runId, cancellationToken);
    }
}
