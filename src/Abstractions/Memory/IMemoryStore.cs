using System.Collections.Immutable;

namespace AgentTeams.Storage;

/// <summary>
/// Where a team's memory is kept. Its version grows with each entry and is never used again, so that what a reader of an earlier version finds stays the same.
/// Safe for concurrent use.
/// </summary>
public interface IMemoryStore
{
    /// <summary>The version now; 0 for a store that never held anything.</summary>
    ValueTask<long> GetVersionAsync(CancellationToken cancellationToken = default);

    /// <summary>Adds entries, all or none. One whose id is there already with the same text is left as it is, and with another text takes its place as a newer one.</summary>
    /// <returns>The version after it.</returns>
    ValueTask<long> AddAsync(IReadOnlyList<MemoryEntry> entries, CancellationToken cancellationToken = default);

    /// <summary>The entries that fit a query best, the best first; of equals the newer first. Facts that a newer one of the version replaced are no candidates.</summary>
    ValueTask<IReadOnlyList<MemoryEntry>> SearchAsync(MemoryQuery query, CancellationToken cancellationToken = default);

    /// <summary>All that was known under a key, the oldest first.</summary>
    ValueTask<IReadOnlyList<MemoryEntry>> GetHistoryAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Deletes entries for good, also from what readers of earlier versions find.</summary>
    /// <returns>How many there were.</returns>
    ValueTask<int> ForgetAsync(MemorySource source, CancellationToken cancellationToken = default);
}

/// <summary>What is looked for in a memory.</summary>
public sealed record MemoryQuery
{
    /// <summary>The words; empty, the default, for the newest entries.</summary>
    public string Text { get; init; } = "";

    /// <summary>The place among meanings; where it is given, entries are ranked by the cosine to it, and those without one are no candidates.</summary>
    public ImmutableArray<float> Embedding { get; init; } = [];

    /// <summary>Which kind; null, the default, for both.</summary>
    public MemoryKind? Kind { get; init; }

    /// <summary>What keys of facts begin with, one of these; empty, the default, for any. Episodes have no key.</summary>
    public ImmutableArray<string> Keys { get; init; } = [];

    /// <summary>The version that is read; null, the default, for the newest.</summary>
    public long? AsOf { get; init; }

    /// <summary>The most entries, at least 1; 5 by default.</summary>
    public int Limit { get; init; } = 5;
}

/// <summary>Where entries come from: those that agree in all members that are given.</summary>
public sealed record MemorySource
{
    /// <summary>The run; null, the default, for any.</summary>
    public string? Run { get; init; }

    /// <summary>The visit; null, the default, for any.</summary>
    public string? Node { get; init; }

    /// <summary>The role; null, the default, for any.</summary>
    public string? Role { get; init; }

    /// <summary>What the key begins with; null, the default, for any, episodes too.</summary>
    public string? Key { get; init; }
}
