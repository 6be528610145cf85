using System.Globalization;
using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>References within a schema document, and what errors call its places.</summary>
/// <param name="root">The document.</param>
/// <param name="name">Names the document in errors; "#" for the only one.</param>
internal sealed class SchemaReference(JsonElement root, string name)
{
    public string Name => name;

    public SchemaPart Root => new(root, "");

    /// <summary>A name as a part of a JSON pointer (RFC 6901).</summary>
    public static string Escape(string part) => part.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    public AgentTeamsException Refuse(string path, string problem) => SchemaKeywords.Refuse(name + path, problem);

    /// <summary>What a reference leads to.</summary>
    public SchemaPart Target(SchemaPart part)
    {
        var reference = part.Schema.GetProperty("$ref");
        var target = reference.ValueKind == JsonValueKind.String ? reference.GetString()! : reference.GetRawText();
        return Find(target) is { } schema
            ? new(schema, target.TrimStart('#'))
            : throw Refuse(part.Path, $"the reference '{target}' leads nowhere; references start with '#' and stay within the schema");
    }

    /// <summary>The schema at the end of a chain of references.</summary>
    public SchemaPart Follow(SchemaPart part)
    {
        var passed = new HashSet<string>(StringComparer.Ordinal);
        while (part.Says("$ref"))
        {
            if (!passed.Add(part.Path)) throw Refuse(part.Path, "'$ref' leads back to itself. Let it lead to a schema");
            part = Target(part);
        }

        return part;
    }

    /// <summary>The schemas of a list; none where there is no such keyword.</summary>
    public IEnumerable<SchemaPart> List(SchemaPart part, string keyword)
    {
        if (part.Under(keyword) is not { } list) return [];
        return list.Schema.ValueKind == JsonValueKind.Array && list.Schema.GetArrayLength() > 0
            ? list.Items()
            : throw Refuse(list.Path, "there are no alternatives. Give an array of schemas");
    }

    private JsonElement? Find(string reference)
    {
        if (!reference.StartsWith('#')) return null;
        var at = root;
        if (reference.Length == 1) return at;
        if (reference[1] != '/') return null;
        foreach (var part in reference[2..].Split('/'))
        {
            var key = Uri.UnescapeDataString(part).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(key, out var member)) at = member;
            else if (at.ValueKind == JsonValueKind.Array && int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var i)
                && i < at.GetArrayLength())
            {
                at = at[i];
            }
            else return null;
        }

        return at;
    }
}
