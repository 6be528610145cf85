using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>One record of a run's journal as it is stored: a JSON object, camelCase, absent values left out (docs/checkpoints.md).</summary>
public sealed record JournalEntry
{
    /// <summary>The newest version of the form that this library writes and reads; it writes 1 where nothing needs a later one.</summary>
    public const int CurrentVersion = 2;

    internal const int FirstVersion = 1;

    /// <summary>What the record is about.</summary>
    [JsonPropertyOrder(-2)]
    [JsonConverter(typeof(JournalEntryKindConverter))]
    public required JournalEntryKind Kind { get; init; }

    /// <summary>The visit; empty for the run itself.</summary>
    [JsonPropertyOrder(-1)]
    public VisitPath Path { get; init; }

    /// <summary>The version of the form; in the first record only.</summary>
    public int? Version { get; init; }

    /// <summary>The workflow's name; in the first record only.</summary>
    [JsonPropertyName("workflow")]
    public string? WorkflowName { get; init; }

    /// <summary>The run's key; in the first record only.</summary>
    public SeedKey? Seed { get; init; }

    /// <summary>The state that the run began with; in the first record only.</summary>
    public JsonElement? Initial { get; init; }

    /// <summary>What middleware noted when the run began; in the first record only, whose version is then 2 at least.</summary>
    public IReadOnlyDictionary<string, string>? Notes { get; init; }

    /// <summary>The trajectory that the run was forked from; in the first record only.</summary>
    public string? ParentId { get; init; }

    /// <summary>The id of the visit, or of the visit of the parent after which a fork went its own way.</summary>
    [JsonPropertyName("node")]
    public string? NodeId { get; init; }

    /// <summary>The node's name.</summary>
    public string? Name { get; init; }

    /// <summary>Which of the visit's calls the record is about.</summary>
    public string? Call { get; init; }

    /// <summary>A hash of what a step of code was given, by which a resumed run sees whether it is given the same.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The branch taken after the node.</summary>
    public string? Branch { get; init; }

    /// <summary>Why the node failed.</summary>
    public NodeError? Error { get; init; }

    /// <summary>Whether the run went on along the node's error route.</summary>
    public bool? Handled { get; init; }

    /// <summary>Whether the visit did not fail by itself, but was cancelled for another's sake.</summary>
    public bool? Cancelled { get; init; }

    /// <summary>What a role remembers of the visit, where that is not what the last record says.</summary>
    public IReadOnlyList<ChatMessage>? Remembered { get; init; }

    /// <summary>The branches that a join waited for, in the order in which they ended.</summary>
    public ImmutableArray<int>? Taken { get; init; }

    /// <summary>What the records do not hold of the result; an answer; a changed state.</summary>
    public JsonElement? Result { get; init; }

    /// <summary>The request that waits for an answer.</summary>
    public HumanRequest? Request { get; init; }

    /// <summary>The calls that the journal does not hold elsewhere.</summary>
    public ImmutableArray<TrajectoryNode>? Records { get; init; }

    /// <summary>How many of the records came before the visit's own.</summary>
    public int? Earlier { get; init; }

    /// <summary>The span of the run that wrote the record, as a W3C <c>traceparent</c>; in the first record that a run writes while somebody listens to it.</summary>
    public string? Trace { get; init; }

    /// <summary>Reads a record of a journal.</summary>
    /// <exception cref="AgentTeamsException">It is no such record.</exception>
    public static JournalEntry Read(ReadOnlySpan<byte> record)
    {
        try
        {
            return JsonSerializer.Deserialize<JournalEntry>(record, TrajectoryJson.Options) ?? throw new JsonException("It is null.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new AgentTeamsException($"The bytes are no record of a journal: {e.Message}", e);
        }
    }
}

/// <summary>Kinds as the rest of the form is written: the options of the form write other enumerations by their C# names.</summary>
internal sealed class JournalEntryKindConverter() : JsonStringEnumConverter<JournalEntryKind>(JsonNamingPolicy.CamelCase);

/// <summary>What a record of a journal is about.</summary>
public enum JournalEntryKind
{
    /// <summary>The run began; the first record.</summary>
    Run,

    /// <summary>A visit ended.</summary>
    Commit,

    /// <summary>A call inside of a visit ended, and more follows.</summary>
    Call,

    /// <summary>A visit waits for an answer.</summary>
    Request,

    /// <summary>The answer was given.</summary>
    Answer,

    /// <summary>The state after a visit was changed by whoever forked the run.</summary>
    Edit,
}
