using System.Collections.Immutable;
using System.IO.Enumeration;

namespace AgentTeams.Mcp;

/// <summary>How roles, servers and teams share a context. Every value but the store has a default.</summary>
public sealed record SharedContextOptions : IChecked
{
    /// <summary>Where it is kept.</summary>
    public required IContextStore Store { get; init; }

    /// <summary>The run whose context it is, for several teams and servers that work on one thing.</summary>
    /// <value>Null, the default: each run of a workflow has a context of its own.</value>
    public string? Run { get; init; }

    /// <summary>Its name: what the tools' names begin with, before '_', what the record calls the tools' server, and how journals call the note. Several of one run need different ones.</summary>
    /// <value>"context" by default; letters, digits, '_' and '-'.</value>
    public string Name { get; init; } = "context";

    /// <summary>What a role, by its name, may read and write; <see cref="ContextRights.None"/>, and not null, for nothing.</summary>
    /// <value>All of it, by default.</value>
    public Func<string, ContextRights> Rights { get; init; } = _ => ContextRights.All;

    void IChecked.Check(OptionChecks checks) => checks
        .RequireThat(Store is not null, "Store is null; give an IContextStore.")
        .RequireThat(Run is null || !string.IsNullOrWhiteSpace(Run), "Run is empty; give a run, or null for each run's own.")
        .RequireThat(Name is { Length: > 0 and <= 40 } && Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'), $"Name is '{Name}'; give 1 to 40 letters, digits, '_' and '-'.")
        .RequireThat(Rights is not null, "Rights is null; give a function.");
}

/// <summary>Which keys a role may read and write: patterns in which '*' stands for any characters, '/' too.</summary>
public sealed record ContextRights
{
    /// <summary>Reads and writes everything.</summary>
    public static ContextRights All { get; } = new() { Reads = ["*"], Writes = ["*"] };

    /// <summary>Reads everything, writes nothing.</summary>
    public static ContextRights ReadOnly { get; } = new() { Reads = ["*"] };

    /// <summary>Neither reads nor writes, and has no tools for it.</summary>
    public static ContextRights None { get; } = new();

    /// <summary>The keys that it may read.</summary>
    /// <value>None by default.</value>
    public ImmutableArray<string> Reads { get; init; } = [];

    /// <summary>The keys that it may write and delete.</summary>
    /// <value>None by default.</value>
    public ImmutableArray<string> Writes { get; init; } = [];

    internal bool MayRead(string key) => Matches(Reads, key);

    internal bool MayWrite(string key) => Matches(Writes, key);

    private static bool Matches(ImmutableArray<string> patterns, string key) => patterns.Any(p => FileSystemName.MatchesSimpleExpression(p, key, ignoreCase: false));
}
