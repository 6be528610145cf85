using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>What a JSON schema may say, and errors that name the place where it says something else.</summary>
internal static class SchemaKeywords
{
    // No draft knows "condition"; Semantic Kernel writes it into the schemas of its functions.
    private static readonly string[] s_annotations =
        ["condition", "title", "description", "default", "examples", "$schema", "$id", "$comment", "deprecated", "readOnly", "writeOnly", "$defs",
            "definitions"];

    private static readonly string[] s_combined = ["type", "enum", "const", "$ref", "allOf", "anyOf", "oneOf"];
    private static readonly string[] s_objects = ["properties", "required", "additionalProperties", "patternProperties"];
    private static readonly string[] s_arrays = ["items", "prefixItems", "additionalItems", "minItems", "maxItems"];
    private static readonly string[] s_strings = ["minLength", "maxLength", "pattern", "format", "contentEncoding"];
    private static readonly string[] s_numbers = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
    private static readonly string[] s_supported = [.. s_combined, .. s_objects, .. s_arrays, .. s_strings, .. s_numbers];

    public static IReadOnlyList<string> AllTypes { get; } = ["object", "array", "string", "number", "integer", "boolean", "null"];

    public static AgentTeamsException Refuse(string path, string problem) => new($"The JSON schema cannot constrain sampling: {problem} (at {path}).");

    /// <summary>Refuses keywords that are unknown, as a grammar could not keep their promise.</summary>
    public static void Check(JsonElement schema, string path)
    {
        if (schema.EnumerateObject().Select(p => p.Name).FirstOrDefault(n => !s_annotations.Contains(n) && !s_supported.Contains(n)) is { } keyword)
            throw Refuse(path, $"the keyword '{keyword}' is not supported; supported are {string.Join(", ", s_supported)}. Remove it and check the reply "
                + "instead");
    }

    /// <summary>The types that a schema names, or null when it names none.</summary>
    public static List<string>? ExplicitTypes(JsonElement schema, string path)
    {
        if (!schema.TryGetProperty("type", out var type)) return null;
        var types = (type.ValueKind == JsonValueKind.Array ? type.EnumerateArray() : Enumerable.Repeat(type, 1))
            .Select(t => t.ValueKind == JsonValueKind.String ? t.GetString()! : t.GetRawText()).Distinct().ToList();
        foreach (var name in types)
        {
            if (!AllTypes.Contains(name)) throw Refuse(path, $"there is no type '{name}'; the types are {string.Join(", ", AllTypes)}");
        }

        return types.Count > 0 ? types : throw Refuse(path, "'type' names no type");
    }

    /// <summary>The types that a schema names or implies by what it says of them; all when it does neither.</summary>
    public static List<string> TypesOf(JsonElement schema, string path) => ExplicitTypes(schema, path) ?? ImpliedTypes(schema) ?? [.. AllTypes];

    /// <summary>The types that a schema implies by keywords that only they have, or null.</summary>
    public static List<string>? ImpliedTypes(JsonElement schema)
    {
        if (s_objects.Any(k => SaysSomething(schema, k))) return ["object"];
        if (s_arrays.Any(k => SaysSomething(schema, k))) return ["array"];
        if (s_strings.Any(k => SaysSomething(schema, k))) return ["string"];
        return s_numbers.Any(k => SaysSomething(schema, k)) ? ["number"] : null;
    }

    /// <summary>Whether the schema itself says nothing of its value.</summary>
    public static bool IsUntyped(JsonElement schema) =>
        !schema.TryGetProperty("type", out _) && !schema.TryGetProperty("enum", out _) && !schema.TryGetProperty("const", out _)
            && ImpliedTypes(schema) is null;

    /// <summary>A count, or null when the schema does not give it.</summary>
    public static int? Count(JsonElement schema, string keyword, string path)
    {
        if (!schema.TryGetProperty(keyword, out var value)) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count >= 0
            ? count
            : throw Refuse(path, $"'{keyword}' is {value.GetRawText()}; give an integer from 0 to {int.MaxValue}");
    }

    /// <summary>A text, or null when the schema does not give it.</summary>
    public static string? Text(JsonElement schema, string keyword, string path)
    {
        if (!schema.TryGetProperty(keyword, out var value)) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Refuse(path, $"'{keyword}' is {value.GetRawText()}; give a text");
    }

    public static bool IsOf(JsonElement value, IReadOnlyCollection<string> types) => value.ValueKind switch
    {
        JsonValueKind.Object => types.Contains("object"),
        JsonValueKind.Array => types.Contains("array"),
        JsonValueKind.String => types.Contains("string"),
        JsonValueKind.True or JsonValueKind.False => types.Contains("boolean"),
        JsonValueKind.Null => types.Contains("null"),
        _ => types.Contains("number") || (types.Contains("integer") && Math.Truncate(value.GetDouble()) == value.GetDouble()),
    };

    // Generated schemas put 'items: {}' beside a reference; it excludes nothing and implies no type.
    private static bool SaysSomething(JsonElement schema, string keyword) => schema.TryGetProperty(keyword, out var value) && value.ValueKind switch
    {
        JsonValueKind.True => false,
        JsonValueKind.Object => value.EnumerateObject().Any(),
        JsonValueKind.Array => value.GetArrayLength() > 0,
        _ => true,
    };
}
