using System.Text.Json;

namespace AgentTeams.Workflows;

/// <summary>How an edit changed a state, as JSON, so that it can be applied to the state that a branch or a join makes of it.</summary>
internal sealed record StatePatch
{
    /// <summary>The members that the edit changed or added, with their new values; null where the state is no object.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Set { get; init; }

    /// <summary>The members that the edit took away, as an entry of a dictionary.</summary>
    public IReadOnlyList<string>? Unset { get; init; }

    /// <summary>The whole state, where it is no object.</summary>
    public JsonElement? Value { get; init; }

    public static StatePatch Between(JsonElement before, JsonElement after)
    {
        if (before.ValueKind != JsonValueKind.Object || after.ValueKind != JsonValueKind.Object) return new() { Value = after };
        var unset = before.EnumerateObject().Where(m => !after.TryGetProperty(m.Name, out _)).Select(m => m.Name).ToList();
        return new()
        {
            Set = after.EnumerateObject().Where(m => !before.TryGetProperty(m.Name, out var old) || !JsonElement.DeepEquals(old, m.Value))
                .ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal),
            Unset = unset.Count == 0 ? null : unset,
        };
    }

    public static StatePatch Read(JsonElement json) => JournalJson.Read<StatePatch>(json, "an edit") ?? throw new AgentTeamsException("An edit of the journal is null.");

    public JsonElement ToJson() => JsonSerializer.SerializeToElement(this, TrajectoryJson.Options);

    public T Apply<T>(T state, string what)
    {
        if (Value is { } whole) return JournalJson.Read<T>(whole, what)!;
        var members = JournalJson.Write(state, what).EnumerateObject().ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal);
        foreach (var (name, value) in Set ?? new Dictionary<string, JsonElement>()) members[name] = value;
        foreach (var name in Unset ?? []) members.Remove(name);
        return JournalJson.Read<T>(JsonSerializer.SerializeToElement(members), what)!;
    }
}
