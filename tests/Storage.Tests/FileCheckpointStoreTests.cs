using System.Security.Cryptography;
using System.Text;

namespace AgentTeams.Tests;

public sealed class FileCheckpointStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("journals").FullName;

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

    [Theory]
    [InlineData("notes of someone else")]
    [InlineData("{\"settings\":{\"a\":1")]
    [InlineData("""{"settings":{"a":1}}""")]
    [InlineData("[1, 2, 3")]
    [InlineData("{settings")]
    [InlineData("\uFEFF")]
    [InlineData("\r")]
    [InlineData("\0\0\0\0")]
    public async Task OpenAsync_FileOfAnotherProgram_IsRefusedAndLeftAsItIs(string text)
    {
        await File.WriteAllTextAsync(PathOf("run"), text);

        var error = await Assert.ThrowsAsync<JournalDamagedException>(() => new FileCheckpointStore(_folder).OpenAsync("run"));

        Assert.Contains(PathOf("run"), error.Message, StringComparison.Ordinal);
        Assert.Equal(Encoding.UTF8.GetBytes(text), await File.ReadAllBytesAsync(PathOf("run")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"i\":3,\"te")]
    [InlineData("{\"deep\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    public async Task OpenAsync_ZerosOfAnEndOfTheMachine_AreCut(string torn)
    {
        var whole = await JournalAsync();
        await File.WriteAllBytesAsync(PathOf("run"), [.. whole, .. Encoding.UTF8.GetBytes(torn), .. new byte[100]]);

        await using (var journal = await new FileCheckpointStore(_folder).OpenAsync("run")) Assert.Equal(3, journal.Records.Count);

        Assert.Equal(whole, await File.ReadAllBytesAsync(PathOf("run")));
    }

    [Fact]
    public async Task OpenAsync_TextBehindTheLastRecord_IsRefusedAndLeftAsItIs()
    {
        byte[] bytes = [.. await JournalAsync(), .. "appended by hand"u8];
        await File.WriteAllBytesAsync(PathOf("run"), bytes);

        Assert.Equal(3, (await Assert.ThrowsAsync<JournalDamagedException>(() => new FileCheckpointStore(_folder).OpenAsync("run"))).Record);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(PathOf("run")));
    }

    [Fact]
    public async Task OpenAsync_OneLineBehindAByteOrderMark_GoesOnBehindIt()
    {
        var whole = await JournalAsync();
        await File.WriteAllBytesAsync(PathOf("run"), [.. Encoding.UTF8.Preamble, .. whole[..(Ends(whole)[0] - 1)]]);

        await using (var journal = await new FileCheckpointStore(_folder).OpenAsync("run")) await journal.AppendAsync("""{"i":1}"""u8.ToArray());

        Assert.Equal(
            ["""{"kind":"run"}""", """{"i":1}"""],
            await new FileCheckpointStore(_folder).ReadAsync("run").Select(r => Encoding.UTF8.GetString(r.Span)).ToListAsync());
    }

    [Theory]
    [InlineData(1, 0, 2)]
    [InlineData(0, 1, 2)]
    [InlineData(1, 0, 2, 1)]
    [InlineData(2, 0, 1, 1, 2)]
    public async Task OpenAsync_LinesMissingOrMoved_IsRefused(int damaged, params int[] order)
    {
        var lines = Encoding.UTF8.GetString(await JournalAsync()).Split('\n');
        await File.WriteAllTextAsync(PathOf("run"), string.Concat(order.Select(i => lines[i] + "\n")));

        Assert.Equal(damaged, (await Assert.ThrowsAsync<JournalDamagedException>(() => new FileCheckpointStore(_folder).OpenAsync("run"))).Record);
    }

    [Fact]
    public async Task AppendAsync_EachLine_HasTheChecksumOfTheDocumentedRule()
    {
        var lines = Encoding.UTF8.GetString(await JournalAsync()).Split('\n')[..^1];

        foreach (var (index, line) in lines.Index())
        {
            var body = line[..line.IndexOf(",\"checksum\"", StringComparison.Ordinal)];
            byte[] place = [.. SHA256.HashData(Encoding.UTF8.GetBytes(body)), (byte)index, 0, 0, 0, 0, 0, 0, 0];
            Assert.Equal($"{body},\"checksum\":\"{Convert.ToHexStringLower(SHA256.HashData(place))[..8]}\"}}", line);
        }
    }

    [Fact]
    public async Task ListAsync_FilesOfOtherPrograms_AreNotShown()
    {
        await JournalAsync();
        foreach (var name in (string[])["Capital.journal", "a b.journal", "~.journal", "notes.txt"])
            await File.WriteAllTextAsync(Path.Combine(_folder, name), "x");

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
    public async Task OpenAsync_LockThatCannotBeOpened_IsNoOtherWriter()
    {
        File.CreateSymbolicLink(PathOf("run") + ".lock", PathOf("run") + ".lock");

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => new FileCheckpointStore(_folder).OpenAsync("run"));

        Assert.Contains(PathOf("run"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_WhileOthersDeleteTheRun_HasOneWriterAtATime()
    {
        var (writers, overlaps, appended, deleted) = (0, 0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var store = new FileCheckpointStore(_folder);
            for (var i = 0; i < 300; i++)
            {
                try
                {
                    await using (var journal = await store.OpenAsync("run"))
                    {
                        if (Interlocked.Increment(ref writers) > 1) Interlocked.Increment(ref overlaps);
                        await journal.AppendAsync("""{"i":0}"""u8.ToArray());
                        Interlocked.Increment(ref appended);
                        Interlocked.Decrement(ref writers);
                    }

                    if (await store.DeleteAsync("run")) Interlocked.Increment(ref deleted);
                    await store.ListAsync().CountAsync();
                }
                catch (JournalInUseException)
                {
                    // The point of it.
                }
            }
        })));

        Assert.Equal(0, overlaps);
        Assert.InRange(deleted, 1, appended);
    }

    [Fact]
    public async Task DeleteAsync_RunThatIsStored_KeepsTheFileThatGuardsIt()
    {
        await JournalAsync();
        var store = new FileCheckpointStore(_folder);

        Assert.True(await store.DeleteAsync("run"));

        Assert.True(File.Exists(PathOf("run") + ".lock"));
        Assert.Empty(await store.ListAsync().ToListAsync());
    }

    [Fact]
    public async Task ReadAsync_FileThatAnotherProgramHolds_IsToldWithItsPath()
    {
        await JournalAsync();
        using var other = File.Open(PathOf("run"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => new FileCheckpointStore(_folder).ReadAsync("run").ToListAsync().AsTask());

        Assert.Contains(PathOf("run"), error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string PathOf(string run) => Path.Combine(_folder, run + ".journal");

    private async Task<byte[]> JournalAsync()
    {
        await using (var journal = await new FileCheckpointStore(_folder).OpenAsync("run"))
        {
            foreach (var record in (string[])["""{"kind":"run"}""", """{"i":1,"text":"ü"}""", """{"i":2}"""])
                await journal.AppendAsync(Encoding.UTF8.GetBytes(record));
        }

        return await File.ReadAllBytesAsync(PathOf("run"));
    }

    private static List<int> Ends(byte[] journal) => [.. Enumerable.Range(0, journal.Length).Where(i => journal[i] == '\n').Select(i => i + 1)];
}
