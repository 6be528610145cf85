using System.Collections.Immutable;

namespace AgentTeams.Storage;

/// <summary>Something that a team remembers beyond a run. It never changes; what is newer under the same key takes its place.</summary>
public sealed record MemoryEntry
{
    /// <summary>What tells it from all others: the run, the node and its number there, so that a visit that is made again writes the same entry.</summary>
    public required string Id { get; init; }

    /// <summary>What it is.</summary>
    public required MemoryKind Kind { get; init; }

    /// <summary>What a fact is about, for example <c>bridge.length</c>: the newest fact of a key counts, and those before are its history. Empty for an episode.</summary>
    public string Key { get; init; } = "";

    /// <summary>What is remembered.</summary>
    public required string Text { get; init; }

    /// <summary>The run in which it was learnt.</summary>
    public required string Run { get; init; }

    /// <summary>The visit that it was learnt in; empty for a run as a whole.</summary>
    public string Node { get; init; } = "";

    /// <summary>The role that said it; empty where nobody of the team did.</summary>
    public string Role { get; init; } = "";

    /// <summary>How good the run was that an episode tells of; null, the default, where nobody said.</summary>
    public double? Reward { get; init; }

    /// <summary>When it was learnt.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The version of the store since which it is there, from 1; set by the store.</summary>
    public long Version { get; init; }

    /// <summary>Its place among meanings; empty, the default, where texts are found by their words.</summary>
    public ImmutableArray<float> Embedding { get; init; } = [];
}

/// <summary>What an entry of a memory is.</summary>
public enum MemoryKind
{
    /// <summary>Something known, under a key.</summary>
    Fact,

    /// <summary>What happened in a run: task, outcome, reward and lesson.</summary>
    Episode,
}
