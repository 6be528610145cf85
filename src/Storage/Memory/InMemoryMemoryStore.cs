namespace AgentTeams.Storage;

/// <summary>A memory that lasts as long as the object.</summary>
public sealed class InMemoryMemoryStore : IMemoryStore
{
    private readonly Lock _gate = new();
    private readonly List<MemoryEntry> _entries = [];
    private long _version;

    /// <inheritdoc/>
    public ValueTask<long> GetVersionAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate) return new(_version);
    }

    /// <inheritdoc/>
    public ValueTask<long> AddAsync(IReadOnlyList<MemoryEntry> entries, CancellationToken cancellationToken = default)
    {
        MemoryChecks.Check(entries);
        lock (_gate)
        {
            foreach (var entry in entries)
            {
                var at = _entries.FindIndex(e => e.Id == entry.Id);
                if (at >= 0 && _entries[at].Text == entry.Text) continue;
                if (at >= 0) _entries.RemoveAt(at);
                _entries.Add(entry with { Version = ++_version });
            }

            return new(_version);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MemoryEntry>> SearchAsync(MemoryQuery query, CancellationToken cancellationToken = default)
    {
        MemoryChecks.Check(query);
        List<MemoryEntry> known;
        lock (_gate) known = [.. _entries.Where(e => e.Version <= (query.AsOf ?? long.MaxValue))];
        var newest = known.Where(e => e.Kind == MemoryKind.Fact).GroupBy(e => e.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Max(e => e.Version), StringComparer.Ordinal);
        List<MemoryEntry> open = [.. known.Where(e => (query.Kind is null || e.Kind == query.Kind) && (e.Kind == MemoryKind.Episode || (newest[e.Key] == e.Version && MemoryChecks.IsIn(query.Keys, e.Key))))];
        return new(MemoryRanking.Best(query, open, open.Count, open.Count == 0 ? 0 : open.Average(e => MemoryRanking.Words(MemoryRanking.TextOf(e)).Count)));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MemoryEntry>> GetHistoryAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        lock (_gate) return new([.. _entries.Where(e => e.Kind == MemoryKind.Fact && e.Key == key).OrderBy(e => e.Version)]);
    }

    /// <inheritdoc/>
    public ValueTask<int> ForgetAsync(MemorySource source, CancellationToken cancellationToken = default)
    {
        MemoryChecks.Check(source);
        lock (_gate)
        {
            return new(_entries.RemoveAll(e => (source.Run is null || e.Run == source.Run) && (source.Node is null || e.Node == source.Node) && (source.Role is null || e.Role == source.Role)
                && (source.Key is null || (e.Kind == MemoryKind.Fact && e.Key.StartsWith(source.Key, StringComparison.Ordinal)))));
        }
    }
}

/// <summary>What every memory refuses.</summary>
internal static class MemoryChecks
{
    public static void Check(IReadOnlyList<MemoryEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        foreach (var entry in entries)
        {
            ArgumentNullException.ThrowIfNull(entry);
            Guard.Require(entry is { Id.Length: > 0, Text.Length: > 0, Run.Length: > 0 }, $"The entry '{entry.Id}' of a memory lacks its id, text or run. Give all three.");
            Guard.Require(entry.Kind == MemoryKind.Episode || entry.Key.Length > 0, $"The fact '{entry.Id}' of a memory has no key. Give what it is about, by which a newer one finds it.");
        }
    }

    public static void Check(MemoryQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        Guard.Require(query.Limit >= 1, $"MemoryQuery.Limit is {query.Limit}. Give at least 1.");
        Guard.Require(!query.Keys.IsDefault && !query.Embedding.IsDefault, "MemoryQuery.Keys or Embedding has no value. Give an array, which may be empty.");
    }

    public static void Check(MemorySource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Guard.Require(source != new MemorySource(), "The source names nothing, so all would be forgotten. Give a run, a node, a role or a key; the key \"\" for all facts.");
    }

    /// <summary>Whether a key begins with one of these; with none every key does.</summary>
    public static bool IsIn(IReadOnlyCollection<string> keys, string key) => keys.Count == 0 || keys.Any(k => key.StartsWith(k, StringComparison.Ordinal));
}
