using System.Text.Json;
using System.Text.RegularExpressions;

namespace AgentTeams.Tests;

/// <summary>An independent reading of the supported JSON schema keywords, as an oracle. Undescribed properties are refused.</summary>
internal static partial class SchemaValidator
{
    public static bool IsValid(string json, string schema)
    {
        using var parsed = JsonDocument.Parse(schema);
        try
        {
            using var document = JsonDocument.Parse(json);
            return IsValid(document.RootElement, parsed.RootElement, parsed.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool IsValid(JsonElement value, JsonElement schema, JsonElement root)
    {
        if (schema.ValueKind == JsonValueKind.True) return true;
        if (schema.TryGetProperty("$ref", out var reference)) return IsValid(value, reference.GetString()!.Split('/').Skip(1).Aggregate(root, (at, part) => at.GetProperty(part)), root);
        if (schema.TryGetProperty("anyOf", out var any) || schema.TryGetProperty("oneOf", out any)) return any.EnumerateArray().Any(s => IsValid(value, s, root));
        if (schema.TryGetProperty("const", out var constant)) return JsonElement.DeepEquals(value, constant);
        if (schema.TryGetProperty("enum", out var values)) return values.EnumerateArray().Any(v => JsonElement.DeepEquals(value, v));
        if (schema.TryGetProperty("type", out var type) && !(type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Any(t => IsOf(value, t.GetString()!)) : IsOf(value, type.GetString()!))) return false;
        return value.ValueKind switch
        {
            JsonValueKind.String => InRange(value.GetString()!.EnumerateRunes().Count(), schema, "minLength", "maxLength"),
            JsonValueKind.Array => InRange(value.GetArrayLength(), schema, "minItems", "maxItems")
                && (!schema.TryGetProperty("items", out var items) || value.EnumerateArray().All(v => IsValid(v, items, root))),
            JsonValueKind.Object => IsObject(value, schema, root),
            _ => true,
        };
    }

    private static bool IsObject(JsonElement value, JsonElement schema, JsonElement root)
    {
        if (schema.TryGetProperty("required", out var required) && required.EnumerateArray().Any(r => !value.TryGetProperty(r.GetString()!, out _))) return false;
        foreach (var property in value.EnumerateObject())
        {
            if (schema.TryGetProperty("properties", out var described) && described.TryGetProperty(property.Name, out var own))
            {
                if (!IsValid(property.Value, own, root)) return false;
            }
            else if (!schema.TryGetProperty("additionalProperties", out var more) ? schema.TryGetProperty("properties", out _) : more.ValueKind == JsonValueKind.False || !IsValid(property.Value, more, root))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsOf(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number && NumberForm().IsMatch(value.GetRawText()),
        "integer" => value.ValueKind == JsonValueKind.Number && value.GetRawText().All(c => c is '-' or (>= '0' and <= '9')),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Null,
    };

    // What always fits a double.
    [GeneratedRegex(@"^-?(0|[1-9]\d{0,17})(\.\d{1,18})?([eE][+-]?(0|[1-9]\d?|1\d\d|2[0-8]\d))?$")]
    private static partial Regex NumberForm();

    private static bool InRange(int count, JsonElement schema, string min, string max) =>
        (!schema.TryGetProperty(min, out var least) || count >= least.GetInt32()) && (!schema.TryGetProperty(max, out var most) || count <= most.GetInt32());
}
