using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>Tells whether alternatives of <c>oneOf</c> could hold at once: a grammar can allow any of them, but not exactly one.</summary>
internal sealed class SchemaOverlap(SchemaReference references)
{
    // How deep two schemas are compared before they count as overlapping.
    private const int MaxComparison = 8;

    /// <exception cref="AgentTeamsException">Two alternatives may hold at once.</exception>
    public void Refuse(SchemaPart list)
    {
        if (list.Schema.ValueKind != JsonValueKind.Array) return;
        var all = list.Items().ToList();
        for (var i = 0; i < all.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (!AreDisjoint(all[i], all[j], MaxComparison) || !AreDisjoint(all[j], all[i], MaxComparison))
                    throw references.Refuse(list.Path, $"the alternatives {j} and {i} of 'oneOf' may hold at once. Use 'anyOf', or tell them apart by type "
                        + "or by a required property with different constants");
            }
        }
    }

    // Whether what is read for one schema never satisfies the other.
    private bool AreDisjoint(SchemaPart read, SchemaPart other, int depth)
    {
        (read, other) = (references.Follow(read), references.Follow(other));
        if (depth == 0 || read.Schema.ValueKind != JsonValueKind.Object || other.Schema.ValueKind != JsonValueKind.Object || IsOpen(read) || IsOpen(other))
            return false;
        var types = SchemaKeywords.ExplicitTypes(other.Schema, references.Name + other.Path) ?? SchemaKeywords.AllTypes;
        if (Values(read) is { } values)
        {
            return Values(other) is { } those
                ? !values.Select(Comparable).Intersect(those.Select(Comparable)).Any()
                : !values.Exists(v => SchemaKeywords.IsOf(v, types));
        }

        var own = SchemaKeywords.TypesOf(read.Schema, references.Name + read.Path).SelectMany(t => (string[])(t == "number" ? ["number", "integer"] : [t]))
            .ToList();
        if (Values(other) is { } some) return !some.Exists(v => SchemaKeywords.IsOf(v, own));
        if (!own.Intersect(types.SelectMany(t => (string[])(t == "number" ? ["number", "integer"] : [t]))).Any()) return true;
        return own is ["object"] && Required(read).Intersect(Required(other)).Any(p =>
            Property(read, p) is { } left && Property(other, p) is { } right && AreDisjoint(left, right, depth - 1));
    }

    private static bool IsOpen(SchemaPart part) => part.Says("anyOf") || part.Says("oneOf") || part.Says("allOf");

    private static List<JsonElement>? Values(SchemaPart part) =>
        part.Schema.TryGetProperty("const", out var constant) ? [constant]
        : part.Schema.TryGetProperty("enum", out var values) && values.ValueKind == JsonValueKind.Array ? [.. values.EnumerateArray()] : null;

    // Numbers that are written differently can be equal, so all count as one value.
    private static string Comparable(JsonElement value) =>
        value.ValueKind is JsonValueKind.Number or JsonValueKind.Object or JsonValueKind.Array ? value.ValueKind.ToString() : JsonText.Of(value);

    private static IEnumerable<string> Required(SchemaPart part) =>
        part.Under("required") is { Schema.ValueKind: JsonValueKind.Array } names
            ? names.Schema.EnumerateArray().Where(n => n.ValueKind == JsonValueKind.String).Select(n => n.GetString()!)
            : [];

    private static SchemaPart? Property(SchemaPart part, string property) =>
        part.Under("properties") is { Schema.ValueKind: JsonValueKind.Object } all ? all.Under(property) : null;
}
