using System.Text.Json;

namespace AgentTeams.Workflows;

/// <summary>Values as a journal holds them: unlike a record of what happened, they must read back as they were.</summary>
internal static class JournalJson
{
    public static JsonElement Write<T>(T value, string what)
    {
        try
        {
            return JsonSerializer.SerializeToElement(value, TrajectoryJson.Options);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new AgentTeamsException($"The value of '{what}', a {typeof(T).Name}, cannot be written to the run's journal: {e.Message} Use a record of plain values, lists and records.", e);
        }
    }

    public static T? Read<T>(JsonElement json, string what)
    {
        try
        {
            return json.Deserialize<T>(TrajectoryJson.Options);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            throw new AgentTeamsException($"The value that the journal holds of '{what}' is no {typeof(T).Name}: {e.Message} Resume the run with the workflow that wrote it, or fork it before that node.", e);
        }
    }

    /// <summary>The members of the second object that differ from the first's; those that it lacks become null.</summary>
    public static JsonElement Difference(JsonElement before, JsonElement after)
    {
        if (before.ValueKind != JsonValueKind.Object || after.ValueKind != JsonValueKind.Object) return after;
        var patch = new Dictionary<string, JsonElement?>(StringComparer.Ordinal);
        foreach (var member in after.EnumerateObject())
        {
            if (!before.TryGetProperty(member.Name, out var old) || !JsonElement.DeepEquals(old, member.Value)) patch[member.Name] = member.Value;
        }

        foreach (var member in before.EnumerateObject())
        {
            if (!after.TryGetProperty(member.Name, out _)) patch[member.Name] = null;
        }

        return JsonSerializer.SerializeToElement(patch);
    }

    /// <summary>The value with the members that <see cref="Difference"/> told.</summary>
    public static T Apply<T>(T value, JsonElement patch, string what)
    {
        var json = Write(value, what);
        if (json.ValueKind != JsonValueKind.Object || patch.ValueKind != JsonValueKind.Object) return Read<T>(patch, what)!;
        var members = json.EnumerateObject().ToDictionary(m => m.Name, m => (JsonElement?)m.Value, StringComparer.Ordinal);
        foreach (var member in patch.EnumerateObject()) members[member.Name] = member.Value.ValueKind == JsonValueKind.Null ? null : member.Value;
        return Read<T>(JsonSerializer.SerializeToElement(members.Where(m => m.Value is not null).ToDictionary(m => m.Key, m => m.Value)), what)!;
    }
}
