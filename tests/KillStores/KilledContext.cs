using System.Globalization;
using System.Text.Json;
using AgentTeams.Storage;

namespace AgentTeams.KillStores;

/// <summary>Writers of one shared context, who count a sum by compare-and-set, until they are killed.</summary>
internal static class KilledContext
{
    /// <summary>What is wrong with what a kill left, or null.</summary>
    public static async Task<string?> CheckAsync(IContextStore store, IReadOnlyList<string> told)
    {
        var all = await store.WatchAsync("run", 0).Take((int)await store.GetVersionAsync("run")).ToListAsync();
        foreach (var (version, key, value) in told.Select(l => l.Split(' ')).Select(l => (long.Parse(l[0], CultureInfo.InvariantCulture), l[1], l[2])))
        {
            if (version > all.Count) return $"version {version} was acknowledged and is lost";
            if (all[(int)version - 1] is var held && (held.Version != version || held.Key != key || held.Value?.GetRawText() != value)) return $"version {version} is {held.Key}={held.Value} in place of {key}={value}";
        }

        // A win that was lost or counted twice would show.
        var sums = all.Where(e => e.Key == "sum").Select(e => e.Value!.Value.GetInt64()).ToList();
        return sums.SequenceEqual(Enumerable.Range(1, sums.Count).Select(n => (long)n)) ? null : "the sum was counted wrongly";
    }

    public static Task WriteAsync(IContextStore store, Action<string> tell) => Task.WhenAll(Enumerable.Range(0, 4).Select(lane => Task.Run(async () =>
    {
        for (var i = 0; ; i++)
        {
            var now = await store.GetAsync("run", "sum");
            try
            {
                var next = (now?.Value?.GetInt64() ?? 0) + 1;
                Tell(await store.WriteAsync("run", new() { Key = "sum", Value = JsonSerializer.SerializeToElement(next), Expected = now?.Version ?? 0 }));
            }
            catch (ContextConflictException)
            {
                // Another lane was first.
            }

            Tell(await store.WriteAsync("run", new() { Key = $"lane{lane}", Value = JsonSerializer.SerializeToElement(i) }));
        }

        void Tell(ContextEntry entry) => tell(string.Create(CultureInfo.InvariantCulture, $"{entry.Version} {entry.Key} {entry.Value!.Value.GetRawText()}\n"));
    })));
}
