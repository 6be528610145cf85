using System.Text.Json;

namespace AgentTeams.Mcp;

/// <summary>What a run's journal says of its context.</summary>
/// <param name="Run">The run's name in the store.</param>
/// <param name="Begun">Tells this run from one that had its id before, whose calls are not this one's.</param>
/// <param name="Version">The version of the context at the run's beginning.</param>
/// <param name="Path">The path of the run's key: a fork that has the note of its parent finds another there.</param>
internal sealed record ContextNote(string Run, string Begun, long Version, string Path)
{
    public static ContextNote? Of(IReadOnlyDictionary<string, string>? notes, string name) => notes is not null && notes.TryGetValue(name, out var text) ? JsonSerializer.Deserialize<ContextNote>(text) : null;

    public string ToText() => JsonSerializer.Serialize(this);
}
