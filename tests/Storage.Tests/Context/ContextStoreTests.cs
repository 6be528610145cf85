using System.Text.Json;

namespace AgentTeams.Tests;

/// <summary>What every shared context promises, in memory and in SQLite.</summary>
public sealed class ContextStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("context").FullName;
    private readonly List<IDisposable> _open = [];
    private int _files;

    public static TheoryData<string> Kinds => ["memory", "sqlite"];

    public void Dispose()
    {
        foreach (var store in _open) store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task WriteAsync_AValue_IsReadWithVersionWriterAndTime(string kind)
    {
        var clock = new TestClock();
        var store = Open(kind, new(), clock);

        var first = await store.WriteAsync("run", Set("plan/steps", """{"a":[1,2]}""") with { Writer = "planner" });
        await store.WriteAsync("run", Set("plan", "\"x\""));
        var read = await store.GetAsync("run", "plan/steps");

        Assert.Equal((1, "planner", clock.GetUtcNow(), """{"a":[1,2]}"""), (first.Version, read!.Writer, read.At, read.Value!.Value.GetRawText()));
        Assert.Null(await store.GetAsync("run", "plan/other"));
        Assert.Null(await store.GetAsync("another", "plan"));
        Assert.Equal((2, 0), (await store.GetVersionAsync("run"), await store.GetVersionAsync("another")));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task WriteAsync_HalvesOfCharacters_AreRefused(string kind)
    {
        var store = Open(kind);
        await store.WriteAsync("run \ud83d\ude00", Set("k", """ "\ud83d\ude00" """));

        Assert.Contains("half", (await Assert.ThrowsAsync<AgentTeamsException>(async () => await store.WriteAsync("run", Set("k", """["\ud800"]""")))).Message, StringComparison.Ordinal);
        foreach (var run in (string[])["a\ud800", "\udc00b"]) Assert.Contains("half", (await Assert.ThrowsAsync<AgentTeamsException>(async () => await store.WriteAsync(run, Set("k", "1")))).Message, StringComparison.Ordinal);
        Assert.Equal("\ud83d\ude00", (await store.GetAsync("run \ud83d\ude00", "k"))!.Value!.Value.GetString());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ListAsync_PrefixThatIsNoKeys_ListsNothing(string kind)
    {
        var store = Open(kind);
        await store.WriteAsync("run", Set("k", "1"));

        foreach (var prefix in (string[])["\0", "k\0", "%", "_", "K", "k/"]) Assert.Empty(await store.ListAsync("run", prefix));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task WriteAsync_AnotherVersionThanExpected_ChangesNothing(string kind)
    {
        var store = Open(kind);
        await store.WriteAsync("run", Set("k", "1") with { Expected = 0 });
        await store.WriteAsync("run", Set("other", "1"));

        var taken = await Assert.ThrowsAsync<ContextConflictException>(async () => await store.WriteAsync("run", Set("k", "2") with { Expected = 0 }));
        var late = await Assert.ThrowsAsync<ContextConflictException>(async () => await store.WriteAsync("run", Set("k", "2") with { Expected = 2 }));
        var gone = await Assert.ThrowsAsync<ContextConflictException>(async () => await store.WriteAsync("run", new() { Key = "none", Expected = 1 }));

        Assert.Equal((("k", 0, 1), ("k", 2, 1), ("none", 1, 0)), ((taken.Key, taken.Expected, taken.Found), (late.Key, late.Expected, late.Found), (gone.Key, gone.Expected, gone.Found)));
        Assert.Equal(2, await store.GetVersionAsync("run"));
        Assert.Equal(3, (await store.WriteAsync("run", Set("k", "2") with { Expected = 1 })).Version);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task WriteAsync_ManyWritersOfOneVersion_OneWins(string kind)
    {
        var stores = OpenSeveral(kind, 2);
        for (var round = 0; round < 10; round++)
        {
            var expected = (await stores[0].GetAsync("run", "k"))?.Version ?? 0;
            var won = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
            {
                try
                {
                    return (await stores[i % stores.Count].WriteAsync("run", Set("k", $"{i}") with { Expected = expected })).Value!.Value.GetInt32();
                }
                catch (ContextConflictException)
                {
                    return -1;
                }
            })));

            var winner = Assert.Single(won, w => w >= 0);
            Assert.Equal(winner, (await stores[^1].GetAsync("run", "k"))!.Value!.Value.GetInt32());
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task WriteAsync_ATokenAgain_GivesTheChangeOfThen(string kind)
    {
        var store = Open(kind);
        var first = await store.WriteAsync("run", Set("k", "1") with { Token = "t", Expected = 0 });
        await store.WriteAsync("run", Set("k", "2"));

        var again = await store.WriteAsync("run", Set("k", "1") with { Token = "t", Expected = 0 });

        Assert.Equal((first.Version, "1"), (again.Version, again.Value!.Value.GetRawText()));
        Assert.Equal("2", (await store.GetAsync("run", "k"))!.Value!.Value.GetRawText());
        Assert.Equal(1, (await store.WriteAsync("another", Set("k", "1") with { Token = "t" })).Version);
        Assert.Equal(2, await store.GetVersionAsync("run"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task GetAsync_OfAnEarlierVersion_IsWhatItWas(string kind)
    {
        var store = Open(kind);
        await store.WriteAsync("run", Set("a", "1"));
        await store.WriteAsync("run", Set("a/b", "2"));
        await store.WriteAsync("run", new() { Key = "a" });
        await store.WriteAsync("run", Set("a", "3"));

        Assert.Equal(["1", "1", "", "3"], await Task.WhenAll(Enumerable.Range(1, 4).Select(async v => Text(await store.GetAsync("run", "a", v)))));
        Assert.Equal(["a=1", "a/b=2"], Told(await store.ListAsync("run", asOf: 2)));
        Assert.Equal(["a/b=2"], Told(await store.ListAsync("run", asOf: 3)));
        Assert.Equal(["a=3", "a/b=2"], Told(await store.ListAsync("run", "a")));
        Assert.Equal(["a/b=2"], Told(await store.ListAsync("run", "a/")));
        Assert.Equal(["a=1", "a=", "a=3"], Told(await store.GetHistoryAsync("run", "a")));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task WatchAsync_FromAVersion_HasEachChangeOnceWhileOthersWrite(string kind)
    {
        var stores = OpenSeveral(kind, 2);
        await stores[0].WriteAsync("run", Set("before", "0"));
        var read = Task.Run(async () => await stores[^1].WatchAsync("run", 1).Take(60).ToListAsync());

        await Task.WhenAll(Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < 15; i++) await stores[w % stores.Count].WriteAsync("run", i % 5 == 4 ? new() { Key = $"k{w}" } : Set($"k{w}", $"{i}"));
        })));

        var changes = await read;
        Assert.Equal(Enumerable.Range(2, 60).Select(v => (long)v), changes.Select(c => c.Version));
        Assert.All(Enumerable.Range(0, 4), w => Assert.Equal(15, changes.Count(c => c.Key == $"k{w}")));
        Assert.Equal(Told(changes), Told(await stores[0].WatchAsync("run", 1).Take(60).ToListAsync()));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task WatchAsync_Cancelled_Ends(string kind)
    {
        var store = Open(kind);
        using var stop = new CancellationTokenSource();
        await store.WriteAsync("run", Set("k", "1"));
        await using var changes = store.WatchAsync("run", 0, stop.Token).GetAsyncEnumerator(stop.Token);

        Assert.True(await changes.MoveNextAsync());
        var next = changes.MoveNextAsync().AsTask();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ForkAsync_AsOfAVersion_HasThatPastAndGoesItsOwnWay(string kind)
    {
        var store = Open(kind);
        for (var i = 0; i < 4; i++) await store.WriteAsync("parent", Set($"k{i % 2}", $"{i}") with { Token = $"t{i}" });

        await store.ForkAsync("child", "parent", 3);
        await store.ForkAsync("child", "parent", 4);
        var own = await store.WriteAsync("child", Set("k1", "9") with { Token = "t0" });

        Assert.Equal(4, own.Version);
        Assert.Equal(["k0=2", "k1=9"], Told(await store.ListAsync("child")));
        Assert.Equal(["k0=2", "k1=3"], Told(await store.ListAsync("parent")));
        Assert.Equal(["k1=1", "k1=9"], Told(await store.GetHistoryAsync("child", "k1")));
        await store.ForkAsync("none", "unknown", 5);
        Assert.Equal(0, await store.GetVersionAsync("none"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task DeleteRunAsync_OfARun_ForgetsItAndItsVersionsGoOn(string kind)
    {
        var store = Open(kind, new() { MaxTotalBytes = 10 });
        await store.WriteAsync("run", Set("k", "12345") with { Token = "t" });
        await store.WriteAsync("other", Set("k", "1"));

        Assert.True(await store.DeleteRunAsync("run"));
        Assert.False(await store.DeleteRunAsync("run"));
        Assert.Empty(await store.ListAsync("run"));
        Assert.Single(await store.ListAsync("other"));
        Assert.Equal(2, (await store.WriteAsync("run", Set("k", "67890") with { Token = "t" })).Version);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task WriteAsync_BeyondALimit_NamesItAndChangesNothing(string kind)
    {
        var store = Open(kind, new() { MaxValueBytes = 4, MaxKeyLength = 3, MaxKeys = 2, MaxTotalBytes = 15 });
        await store.WriteAsync("run", Set("a", "1111"));
        await store.WriteAsync("run", Set("b", "2"));

        await Refused(Set("a", "12345"), nameof(ContextLimits.MaxValueBytes), 4, 5);
        await Refused(Set("a", "\"é€\""), nameof(ContextLimits.MaxValueBytes), 4, 7);
        await Refused(Set("long", "1"), nameof(ContextLimits.MaxKeyLength), 3, 4);
        await Refused(Set("c", "1"), nameof(ContextLimits.MaxKeys), 2, 3);
        await store.WriteAsync("run", Set("a", "2222"));
        await Refused(Set("a", "3333"), nameof(ContextLimits.MaxTotalBytes), 15, 17);
        await store.WriteAsync("run", new() { Key = "b" });
        await store.WriteAsync("run", Set("c", "1"));
        Assert.Equal(["a=2222", "c=1"], Told(await store.ListAsync("run")));
        Assert.Equal(5, await store.GetVersionAsync("run"));

        async Task Refused(ContextChange change, string limit, long most, long actual)
        {
            var e = await Assert.ThrowsAsync<ContextLimitException>(async () => await store.WriteAsync("run", change));
            Assert.Equal((limit, most, actual), (e.Limit, e.Most, e.Actual));
            Assert.Contains(limit, e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Store_WhatIsNoKeyOrRun_IsRefused(string kind)
    {
        var store = Open(kind);
        foreach (var key in (string[])["", "/", "a//b", "a/", "a b", "..", "a/../b", "ü", "a?", "a\n"])
        {
            await Assert.ThrowsAsync<AgentTeamsException>(async () => await store.WriteAsync("run", Set(key, "1")));
            await Assert.ThrowsAsync<AgentTeamsException>(async () => await store.GetAsync("run", key));
        }

        await Assert.ThrowsAsync<AgentTeamsException>(async () => await store.WriteAsync("", Set("k", "1")));
        await Assert.ThrowsAsync<AgentTeamsException>(async () => await store.WriteAsync("run", new() { Key = "k", Value = default(JsonElement) }));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.WriteAsync("run", Set("k", "1"), new(canceled: true)));
        Assert.Equal(0, await store.GetVersionAsync("run"));
    }

    [Fact]
    public async Task SqliteContextStore_OpenedAgain_HasWhatWasAcknowledged()
    {
        var path = Path.Combine(_folder, "again.db");
        using (var store = new SqliteContextStore(path)) await store.WriteAsync("run", Set("k", "1") with { Writer = "ann", Token = "t" });
        using (var store = new SqliteContextStore(path))
        {
            Assert.Equal(("ann", 1), ((await store.GetAsync("run", "k"))!.Writer, (await store.WriteAsync("run", Set("k", "1") with { Token = "t" })).Version));
            Assert.Equal(2, (await store.WriteAsync("run", Set("k", "2"))).Version);
        }

        await File.WriteAllTextAsync(path + "x", "no database, and longer than the header of one, which has one hundred bytes ...................................");
        Assert.Throws<AgentTeamsException>(() => new SqliteContextStore(path + "x"));
        Assert.Contains("PollInterval", Assert.Throws<AgentTeamsException>(() => new SqliteContextStore(path, new() { PollInterval = default, Limits = new() { MaxKeys = 0 } })).Message, StringComparison.Ordinal);
        Assert.Contains("MaxValueBytes", Assert.Throws<AgentTeamsException>(() => new InMemoryContextStore(new() { MaxValueBytes = 0 })).Message, StringComparison.Ordinal);
    }

    private static ContextChange Set(string key, string json) => new() { Key = key, Value = JsonElement.Parse(json) };

    private static string Text(ContextEntry? entry) => entry?.Value?.GetRawText() ?? "";

    private static string[] Told(IEnumerable<ContextEntry> entries) => [.. entries.Select(e => $"{e.Key}={Text(e)}")];

    private IContextStore Open(string kind, ContextLimits? limits = null, TimeProvider? clock = null)
    {
        if (kind == "memory") return new InMemoryContextStore(limits, clock);
        return Keep(new SqliteContextStore(Path.Combine(_folder, $"{_files++}.db"), new() { Limits = limits ?? new(), TimeProvider = clock ?? TimeProvider.System }));
    }

    /// <summary>Several objects on one file, as several processes have; in memory the one there is.</summary>
    private List<IContextStore> OpenSeveral(string kind, int count)
    {
        if (kind == "memory") return [new InMemoryContextStore()];
        var path = Path.Combine(_folder, $"{_files++}.db");
        return [.. Enumerable.Range(0, count).Select(_ => Keep(new SqliteContextStore(path, new() { PollInterval = TimeSpan.FromMilliseconds(5) })))];
    }

    private SqliteContextStore Keep(SqliteContextStore store)
    {
        _open.Add(store);
        return store;
    }
}
