using System.Globalization;
using System.Text.Json;

namespace AgentTeams;

/// <summary>References within a schema document, and what can be told of schemas by following them.</summary>
internal static class SchemaReference
{
    // How deep two schemas are compared before they count as overlapping.
    private const int MaxComparison = 8;

    /// <summary>The schema that a chain of references ends at, and its path.</summary>
    public static (JsonElement Schema, string Path) Follow(JsonElement root, JsonElement schema, string path, string name)
    {
        var passed = new HashSet<string>(StringComparer.Ordinal);
        while (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("$ref", out var reference))
        {
            SchemaKeywords.Check(schema, name + path);
            if (!passed.Add(path)) throw SchemaKeywords.Refuse(name + path, "'$ref' leads back to itself. Let it lead to a schema");
            var target = reference.ValueKind == JsonValueKind.String ? reference.GetString()! : reference.GetRawText();
            schema = Find(root, target) ?? throw SchemaKeywords.Refuse(name + path, $"the reference '{target}' leads nowhere; references start with '#' and stay within the schema");
            path = target.TrimStart('#');
        }

        return (schema, path);
    }

    /// <summary>A name as a part of a JSON pointer (RFC 6901).</summary>
    public static string Escape(string part) => part.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>Refuses alternatives of which more than one could hold: a grammar can allow any of them, but not exactly one.</summary>
    public static void EnsureDisjoint(JsonElement root, JsonElement branches, string path, string name)
    {
        if (branches.ValueKind != JsonValueKind.Array) return;
        var all = branches.EnumerateArray().ToList();
        for (var i = 0; i < all.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (!AreDisjoint(root, all[j], all[i], name, MaxComparison))
                    throw SchemaKeywords.Refuse(name + path, $"the alternatives {j} and {i} of 'oneOf' may hold at once. Use 'anyOf', or tell them apart by type or by a required property with different constants");
            }
        }
    }

    private static JsonElement? Find(JsonElement root, string reference)
    {
        if (!reference.StartsWith('#')) return null;
        var at = root;
        if (reference.Length == 1) return at;
        if (reference[1] != '/') return null;
        foreach (var part in reference[2..].Split('/'))
        {
            var key = Uri.UnescapeDataString(part).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(key, out var member)) at = member;
            else if (at.ValueKind == JsonValueKind.Array && int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var i) && i < at.GetArrayLength()) at = at[i];
            else return null;
        }

        return at;
    }

    private static bool AreDisjoint(JsonElement root, JsonElement a, JsonElement b, string name, int depth)
    {
        ((a, _), (b, _)) = (Follow(root, a, "", name), Follow(root, b, "", name));
        if (depth == 0 || a.ValueKind != JsonValueKind.Object || b.ValueKind != JsonValueKind.Object) return false;
        if (Values(a) is { } x) return Values(b) is { } y ? !x.Select(Comparable).Intersect(y.Select(Comparable)).Any() : !x.Any(v => SchemaKeywords.IsOf(v, Types(b, name)));
        if (Values(b) is not null) return AreDisjoint(root, b, a, name, depth);
        if (IsOpen(a) || IsOpen(b)) return false;
        var (ofA, ofB) = (Types(a, name), Types(b, name));
        if (ofA.Contains("number")) ofA.Add("integer");
        if (ofB.Contains("number")) ofB.Add("integer");
        if (!ofA.Intersect(ofB).Any()) return true;
        return ofA is ["object"] && ofB is ["object"] && Required(a).Intersect(Required(b)).Any(p =>
            Property(a, p) is { } left && Property(b, p) is { } right && AreDisjoint(root, left, right, name, depth - 1));
    }

    private static List<JsonElement>? Values(JsonElement schema) =>
        schema.TryGetProperty("const", out var constant) ? [constant]
        : schema.TryGetProperty("enum", out var values) && values.ValueKind == JsonValueKind.Array ? [.. values.EnumerateArray()] : null;

    // Numbers that are written differently can be equal, so all count as one value.
    private static string Comparable(JsonElement value) => value.ValueKind is JsonValueKind.Number or JsonValueKind.Object or JsonValueKind.Array ? value.ValueKind.ToString() : JsonText.Of(value);

    private static bool IsOpen(JsonElement schema) => schema.TryGetProperty("anyOf", out _) || schema.TryGetProperty("oneOf", out _) || schema.TryGetProperty("$ref", out _);

    private static List<string> Types(JsonElement schema, string name) => SchemaKeywords.TypesOf(schema, name);

    private static IEnumerable<string> Required(JsonElement schema) =>
        schema.TryGetProperty("required", out var names) && names.ValueKind == JsonValueKind.Array ? names.EnumerateArray().Where(n => n.ValueKind == JsonValueKind.String).Select(n => n.GetString()!) : [];

    private static JsonElement? Property(JsonElement schema, string property) =>
        schema.TryGetProperty("properties", out var all) && all.ValueKind == JsonValueKind.Object && all.TryGetProperty(property, out var described) ? described : null;
}
