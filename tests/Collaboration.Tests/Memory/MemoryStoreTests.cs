using CsCheck;

namespace AgentTeams.Tests;

/// <summary>Every store finds the same.</summary>
public sealed class MemoryStoreTests
{
    private static readonly string[] s_words = ["bridge", "river", "steel", "40", "long", "old", "Brücke"];

    [Fact]
    public async Task SearchAsync_AnyEntries_IsTheSameInMemoryAndInSqlite()
    {
        var entry = from key in Gen.Int[0, 3] from kind in Gen.Int[0, 2] from words in Gen.Int[0, s_words.Length - 1].Array[1, 6] select (key, kind, Text: string.Join(' ', words.Select(w => s_words[w])));
        await Gen.Select(entry.Array[1, 12], Gen.Int[0, s_words.Length - 1].Array[0, 3], Gen.Int[0, 12]).SampleAsync(async (entries, asked, asOf) =>
        {
            using var file = new TempFile();
            using var sqlite = new SqliteMemoryStore(file.Path);
            IMemoryStore[] stores = [new InMemoryMemoryStore(), sqlite];
            var found = new List<string>();
            foreach (var store in stores)
            {
                foreach (var (e, i) in entries.Select((e, i) => (e, i))) await store.AddAsync([Entry($"{i % 8}", e.kind == 0 ? "" : $"k{e.key}", e.Text)]);
                var query = new MemoryQuery { Text = string.Join(' ', asked.Select(w => s_words[w])), AsOf = asOf, Limit = 20 };
                var all = await store.SearchAsync(query);
                var some = await store.SearchAsync(query with { Kind = MemoryKind.Fact, Keys = ["k1", "k2"], AsOf = null });
                await store.ForgetAsync(new() { Key = "k1" });
                found.Add($"{await store.GetVersionAsync()}: {string.Join('|', all.Concat(some).Concat(await store.GetHistoryAsync("k2")).Concat(await store.SearchAsync(query)).Select(x => $"{x.Id} {x.Version} {x.Text}"))}");
            }

            Assert.Equal(found[0], found[1]);
        }, iter: 30);
    }

    [Fact]
    public async Task SearchAsync_OfAnEarlierVersion_DoesNotChangeWhenMoreIsAdded()
    {
        foreach (var store in Stores(out var owned))
        {
            for (var i = 0; i < 6; i++) await store.AddAsync([Entry($"{i}", "", $"bridge {new string('x', i + 1)} river {(i % 2 == 0 ? "steel" : "")}")]);
            var before = await store.SearchAsync(new() { Text = "steel bridge", AsOf = 6 });
            for (var i = 6; i < 40; i++) await store.AddAsync([Entry($"{i}", "", $"steel {i} steel")]);

            Assert.Equal(before, await store.SearchAsync(new() { Text = "steel bridge", AsOf = 6 }), (a, b) => a.Id == b.Id);
            Assert.NotEqual(before.Select(e => e.Id), (await store.SearchAsync(new() { Text = "steel bridge" })).Select(e => e.Id));
            owned.Dispose();
        }
    }

    [Fact]
    public async Task SqliteMemoryStore_OpenedAgain_HasWhatWasKept()
    {
        using var file = new TempFile();
        var kept = Entry("1", "k", "bridge") with { Reward = 0.5, Embedding = [1f, -2.5f], Role = "ann", Node = "ann#1", At = DateTimeOffset.UnixEpoch };
        using (var store = new SqliteMemoryStore(file.Path)) await store.AddAsync([kept, Entry("2", "k", "viaduct")]);
        using (var store = new SqliteMemoryStore(file.Path))
        {
            var read = (await store.GetHistoryAsync("k"))[0];
            Assert.Equal<float>([1f, -2.5f], read.Embedding.ToArray());
            Assert.Equal(kept with { Version = 1, Embedding = [] }, read with { Embedding = [] });
            Assert.Equal(2, await store.ForgetAsync(new() { Run = "r" }));
            Assert.Equal(2, await store.GetVersionAsync());
        }

        await File.WriteAllTextAsync(file.Path, "no database, and longer than the header of one, which has one hundred bytes ...................................");
        Assert.Throws<AgentTeamsException>(() => new SqliteMemoryStore(file.Path));
    }

    [Fact]
    public async Task Stores_WhatCannotBe_IsRefused()
    {
        foreach (var store in Stores(out var owned))
        {
            await Assert.ThrowsAsync<AgentTeamsException>(async () => await store.AddAsync([Entry("", "k", "x")]));
            await Assert.ThrowsAsync<AgentTeamsException>(async () => await store.AddAsync([Entry("1", "", "x") with { Kind = MemoryKind.Fact }]));
            await Assert.ThrowsAsync<AgentTeamsException>(async () => await store.ForgetAsync(new()));
            await Assert.ThrowsAsync<AgentTeamsException>(async () => await store.SearchAsync(new() { Limit = 0 }));
            Assert.Equal(0, await store.GetVersionAsync());
            owned.Dispose();
        }
    }

    private static MemoryEntry Entry(string id, string key, string text) => new() { Id = id, Kind = key.Length == 0 ? MemoryKind.Episode : MemoryKind.Fact, Key = key, Text = text, Run = "r" };

    private static IMemoryStore[] Stores(out IDisposable owned)
    {
        var file = new TempFile();
        owned = file;
        return [new InMemoryMemoryStore(), new SqliteMemoryStore(file.Path)];
    }

    private sealed class TempFile : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("memory").FullName;

        public string Path => System.IO.Path.Combine(_folder, "memory.db");

        public void Dispose()
        {
            if (Directory.Exists(_folder)) Directory.Delete(_folder, true);
        }
    }
}
