using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>A schema of the document, and where it stands.</summary>
/// <param name="Schema">An object, or true or false.</param>
/// <param name="Path">Its JSON pointer within the document.</param>
internal readonly record struct SchemaPart(JsonElement Schema, string Path)
{
    public bool IsFalse => Schema.ValueKind == JsonValueKind.False;

    public bool Says(string keyword) => Schema.ValueKind == JsonValueKind.Object && Schema.TryGetProperty(keyword, out _);

    /// <summary>The schema under a keyword, or null.</summary>
    public SchemaPart? Under(string keyword) =>
        Schema.ValueKind == JsonValueKind.Object && Schema.TryGetProperty(keyword, out var value) ? new(value, $"{Path}/{keyword}") : null;

    /// <summary>The members of an object of schemas, such as <c>properties</c>.</summary>
    public IEnumerable<(string Name, SchemaPart Part)> Members()
    {
        var path = Path;
        return Schema.EnumerateObject().Select(p => (p.Name, new SchemaPart(p.Value, $"{path}/{SchemaReference.Escape(p.Name)}")));
    }

    /// <summary>The schemas of an array.</summary>
    public IEnumerable<SchemaPart> Items()
    {
        var path = Path;
        return Schema.EnumerateArray().Select((item, i) => new SchemaPart(item, $"{path}/{i}"));
    }
}
