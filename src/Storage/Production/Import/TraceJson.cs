using System.Text.Json;

namespace AgentTeams.Storage;

/// <summary>Members of JSON that other programs wrote.</summary>
internal static class TraceJson
{
    /// <summary>A member that is a text, or null.</summary>
    public static string? TextOf(this JsonElement json, string member) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() : null;

    /// <summary>A member of any form as text, or null where it is absent or null.</summary>
    public static string? AnyTextOf(this JsonElement json, string member) =>
        json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(member, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();

    /// <summary>The items of a member that is an array; none otherwise.</summary>
    public static IEnumerable<JsonElement> ItemsOf(this JsonElement json, string member) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray() : [];

    /// <summary>What a text is as JSON, or null.</summary>
    public static JsonElement? TryParse(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
