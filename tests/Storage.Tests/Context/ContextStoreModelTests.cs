using System.Text.Json;
using CsCheck;

namespace AgentTeams.Tests;

/// <summary>Random histories against a model: a list of changes.</summary>
public sealed class ContextStoreModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("context").FullName;

    private enum Kind
    {
        Set,
        Delete,
        CompareAndSet,
        CompareAndDelete,
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Stores_AnyHistory_AreTheModel()
    {
        var step = from kind in Gen.Enum<Kind>() from key in Gen.Int[0, 3] from value in Gen.Int[0, 99] from expected in Gen.Int[0, 8] from token in Gen.Int[0, 12] select new Step(kind, $"k{key}", value, expected, token);
        await step.Array[1, 25].SampleAsync(async steps =>
        {
            using var sqlite = new SqliteContextStore(Path.Combine(_folder, $"{Guid.NewGuid():n}.db"));
            IContextStore[] stores = [new InMemoryContextStore(), sqlite];
            foreach (var store in stores)
            {
                var model = new List<(string Key, int? Value)>();
                var tokens = new Dictionary<string, long>();
                foreach (var s in steps)
                {
                    var found = model.FindLastIndex(c => c.Key == s.Key) is >= 0 and var at && model[at].Value is not null ? at + 1L : 0;
                    var token = s.Token < 4 ? $"t{s.Token}" : null;
                    long? expected = s.Kind is Kind.CompareAndSet or Kind.CompareAndDelete ? s.Expected : null;
                    var change = new ContextChange { Key = s.Key, Value = s.Kind is Kind.Set or Kind.CompareAndSet ? JsonSerializer.SerializeToElement(s.Value) : null, Expected = expected, Token = token };
                    if (token is not null && tokens.TryGetValue(token, out var made))
                    {
                        Assert.Equal(made, (await store.WriteAsync("run", change)).Version);
                        continue;
                    }

                    if (expected is not null && expected != found)
                    {
                        Assert.Equal(found, (await Assert.ThrowsAsync<ContextConflictException>(async () => await store.WriteAsync("run", change))).Found);
                        continue;
                    }

                    model.Add((s.Key, change.Value is null ? null : s.Value));
                    Assert.Equal(model.Count, (await store.WriteAsync("run", change)).Version);
                    if (token is not null) tokens[token] = model.Count;
                }

                Assert.Equal(model.Select((c, i) => (i + 1L, c.Key, c.Value)), await store.WatchAsync("run", 0).Take(model.Count).Select(e => (e.Version, e.Key, e.Value?.GetInt32())).ToListAsync());
                for (var asOf = 0; asOf <= model.Count; asOf++)
                {
                    var then = model.Take(asOf).Select((c, i) => (Change: c, Version: i + 1L)).GroupBy(c => c.Change.Key).Select(g => g.Last()).Where(c => c.Change.Value is not null).OrderBy(c => c.Change.Key, StringComparer.Ordinal);
                    Assert.Equal(then.Select(c => (c.Change.Key, c.Version, c.Change.Value)), (await store.ListAsync("run", asOf: asOf)).Select(e => (e.Key, e.Version, e.Value?.GetInt32())));
                }

                await store.ForkAsync("fork", "run", model.Count / 2);
                Assert.Equal((await store.ListAsync("run", asOf: model.Count / 2)).Select(e => (e.Key, e.Version)), (await store.ListAsync("fork")).Select(e => (e.Key, e.Version)));
            }
        }, iter: 60);
    }

    [Fact]
    public async Task Stores_AnyInterleaving_ShowEachWatcherTheSameHistory()
    {
        await Gen.Select(Gen.Int[1, 4], Gen.Int[1, 12], Gen.Int[0, 10]).SampleAsync(async (writers, each, after) =>
        {
            using var sqlite = new SqliteContextStore(Path.Combine(_folder, $"{Guid.NewGuid():n}.db"));
            foreach (var store in (IContextStore[])[new InMemoryContextStore(), sqlite])
            {
                var counted = 0;
                var all = writers * each;
                var late = Math.Min(after, all - 1);
                var watching = Task.WhenAll(Enumerable.Range(0, 3).Select(w => Task.Run(async () => await store.WatchAsync("run", w == 0 ? late : 0).Take(w == 0 ? all - late : all).ToListAsync())));

                // Each adds 1 by compare-and-set as often as it takes: a lost or doubled win would show in the sum.
                await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(async () =>
                {
                    for (var i = 0; i < each;)
                    {
                        var now = await store.GetAsync("run", "sum");
                        try
                        {
                            await store.WriteAsync("run", new() { Key = "sum", Value = JsonSerializer.SerializeToElement((now?.Value?.GetInt32() ?? 0) + 1), Expected = now?.Version ?? 0 });
                            Interlocked.Increment(ref counted);
                            i++;
                        }
                        catch (ContextConflictException)
                        {
                            await Task.Yield();
                        }
                    }
                })));

                var seen = await watching;
                Assert.Equal((all, all), (counted, (await store.GetAsync("run", "sum"))!.Value!.Value.GetInt32()));
                Assert.Equal(Enumerable.Range(1, all), seen[1].Select(e => e.Value!.Value.GetInt32()));
                Assert.Equal(seen[1].Select(e => e.Version), seen[2].Select(e => e.Version));
                Assert.Equal(seen[1].Skip(late).Select(e => e.Version), seen[0].Select(e => e.Version));
            }
        }, iter: 25);
    }

    private sealed record Step(Kind Kind, string Key, int Value, int Expected, int Token);
}
