using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>The values that schemas list, as far as all schemas allow them.</summary>
internal sealed class SchemaValues(SchemaReference references, StringRules strings)
{
    private static readonly string[] s_nested =
        ["properties", "required", "additionalProperties", "patternProperties", "items", "prefixItems", "additionalItems", "minItems", "maxItems"];

    /// <exception cref="AgentTeamsException">No value is left, or it cannot be told whether one is allowed.</exception>
    public List<JsonElement> Of(SchemaPart list, IReadOnlyCollection<SchemaPart> parts, IReadOnlyCollection<string> types)
    {
        var values = Listed(list).FindAll(v => SchemaKeywords.IsOf(v, types) && parts.All(p => Allows(p, v)));
        return values.Count > 0 || parts.Count > 1
            ? values
            : throw references.Refuse(list.Path, "no value is allowed. Give 'enum' a value that the schema's other keywords allow");
    }

    private List<JsonElement> Listed(SchemaPart part)
    {
        if (part.Schema.TryGetProperty("const", out var constant)) return [constant];
        var values = part.Schema.GetProperty("enum");
        return values.ValueKind == JsonValueKind.Array ? [.. values.EnumerateArray()] : throw references.Refuse(part.Path, "'enum' is no array");
    }

    private bool Allows(SchemaPart part, JsonElement value)
    {
        foreach (var keyword in (string[])["const", "enum"])
        {
            if (!part.Schema.TryGetProperty(keyword, out var listed)) continue;
            if (!(keyword == "const" ? JsonElement.DeepEquals(listed, value) : Listed(part).Exists(v => JsonElement.DeepEquals(v, value)))) return false;
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return AllowsText(part, value.GetString()!);
            case JsonValueKind.Number:
                return NumberInterval.Of(part.Schema, references.Name + part.Path) is not { } interval
                    || (DecimalNumber.Read(value) is { } number && interval.Contains(number));
            case JsonValueKind.Object or JsonValueKind.Array when Array.Find(s_nested, part.Says) is { } nested:
                throw references.Refuse(part.Path, $"'{nested}' stands beside a list of values that are objects or arrays. Keep one of them");
            default:
                return true;
        }
    }

    private bool AllowsText(SchemaPart part, string text)
    {
        var (least, most) = SchemaBounds.Of([part], "minLength", "maxLength", references);
        var length = text.EnumerateRunes().Count();
        return length >= least && !(length > most) && strings.AutomatonOf([part])?.Accepts(text) is not false;
    }
}
