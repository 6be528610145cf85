using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>
/// The arguments of a tool call as a tool takes them. Models also write an object as a JSON string, whole or for one argument, or
/// write null or nothing where a tool needs no arguments.
/// </summary>
internal static class CallArguments
{
    /// <summary>The arguments, or null where the call holds some that cannot be read.</summary>
    public static IDictionary<string, object?>? Read(FunctionCallContent call, AIFunction? tool)
    {
        if (call.Arguments is { } given) return tool is null ? given : Nested(given, tool.JsonSchema);
        if (call.Exception is null) return new Dictionary<string, object?>();
        if (Raw(call.RawRepresentation) is { } raw) return Object(raw) is { } read ? Nested(read, tool?.JsonSchema ?? default) : null;
        return tool is not null && !Properties(tool.JsonSchema).Any() ? new Dictionary<string, object?>() : null;
    }

    private static IDictionary<string, object?> Nested(IDictionary<string, object?> given, JsonElement schema)
    {
        Dictionary<string, object?>? changed = null;
        foreach (var property in Properties(schema))
        {
            if (!given.TryGetValue(property.Name, out var value) || Text(value) is not { } text || TakesText(property.Value) || Parse(text) is not { } json) continue;
            if (!Takes(property.Value, json.ValueKind == JsonValueKind.Object ? "object" : "array")) continue;
            changed ??= new(given, StringComparer.Ordinal);
            changed[property.Name] = json;
        }

        return changed ?? given;
    }

    private static JsonElement.ObjectEnumerator Properties(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
            ? properties.EnumerateObject()
            : default;

    private static bool TakesText(JsonElement schema) => Takes(schema, "string");

    // A schema that names no type is left alone: text may be what it means.
    private static bool Takes(JsonElement schema, string type) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("type", out var types) && types.ValueKind switch
        {
            JsonValueKind.String => types.ValueEquals(type),
            JsonValueKind.Array => types.EnumerateArray().Any(t => t.ValueKind == JsonValueKind.String && t.ValueEquals(type)),
            _ => false,
        };

    private static string? Text(object? value) => value switch
    {
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } json => json.GetString(),
        JsonValue json when json.TryGetValue<string>(out var text) => text,
        _ => null,
    };

    private static string? Raw(object? representation) => representation switch
    {
        string text => text,
        JsonElement json => json.GetRawText(),
        JsonNode node => node.ToJsonString(),
        _ => null,
    };

    private static Dictionary<string, object?>? Object(string raw)
    {
        // A string that holds a string that holds an object is as far as models go.
        for (var depth = 0; depth < 3; depth++)
        {
            if (string.IsNullOrWhiteSpace(raw)) return [];
            if (Parse(raw, anyKind: true) is not { } json) return null;
            if (json.ValueKind == JsonValueKind.Null) return [];
            if (json.ValueKind == JsonValueKind.Object) return json.EnumerateObject().ToDictionary(p => p.Name, p => (object?)p.Value, StringComparer.Ordinal);
            if (json.ValueKind != JsonValueKind.String) return null;
            raw = json.GetString()!;
        }

        return null;
    }

    private static JsonElement? Parse(string text, bool anyKind = false)
    {
        try
        {
            var json = JsonElement.Parse(text);
            return anyKind || json.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? json : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
