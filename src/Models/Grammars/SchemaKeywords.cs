using System.Text.Json;

namespace AgentTeams;

/// <summary>What a JSON schema may say, and errors that name the place where it says something else.</summary>
internal static class SchemaKeywords
{
    // No draft knows "condition"; Semantic Kernel writes it into the schemas of its functions.
    private static readonly string[] s_annotations =
        ["condition", "title", "description", "default", "examples", "$schema", "$id", "$comment", "deprecated", "readOnly", "writeOnly", "$defs", "definitions"];

    // A schema is one of these, or an ordinary one that the groups below describe.
    private static readonly string[] s_alone = ["$ref", "anyOf", "oneOf", "enum", "const"];
    private static readonly string[] s_objects = ["properties", "required", "additionalProperties"];
    private static readonly string[] s_arrays = ["items", "minItems", "maxItems"];
    private static readonly string[] s_strings = ["minLength", "maxLength"];
    private static readonly string[] s_types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    public static AgentTeamsException Refuse(string path, string problem) => new($"The JSON schema cannot constrain sampling: {problem} (at {path}).");

    /// <summary>Refuses keywords that are unknown or say too much together, as a grammar could not keep their promise.</summary>
    public static void Check(JsonElement schema, string path)
    {
        var said = schema.EnumerateObject().Select(p => p.Name).Where(n => !s_annotations.Contains(n)).ToList();
        foreach (var keyword in said)
        {
            if (keyword != "type" && !s_alone.Contains(keyword) && !s_objects.Contains(keyword) && !s_arrays.Contains(keyword) && !s_strings.Contains(keyword))
                throw Refuse(path, $"the keyword '{keyword}' is not supported; supported are type, {string.Join(", ", s_alone.Concat(s_objects).Concat(s_arrays).Concat(s_strings))}. Remove it and check the reply instead");
        }

        // Generated schemas put 'items: {}' beside a reference; it excludes nothing.
        said.RemoveAll(k => !s_alone.Contains(k) && SaysNothing(schema.GetProperty(k)));
        if (said.FirstOrDefault(s_alone.Contains) is not { } alone) return;
        var typed = alone is "enum" or "const";
        if (said.FirstOrDefault(k => k != alone && !(typed && k == "type")) is { } other)
            throw Refuse(path, $"'{alone}' stands together with '{other}'. Keep one of them");
    }

    /// <summary>The types that a schema names or implies; all when it does neither.</summary>
    public static List<string> TypesOf(JsonElement schema, string path)
    {
        if (!schema.TryGetProperty("type", out var type))
        {
            if (s_objects.Any(k => schema.TryGetProperty(k, out _))) return ["object"];
            if (s_arrays.Any(k => schema.TryGetProperty(k, out _))) return ["array"];
            return s_strings.Any(k => schema.TryGetProperty(k, out _)) ? ["string"] : [.. s_types];
        }

        var types = (type.ValueKind == JsonValueKind.Array ? type.EnumerateArray() : Enumerable.Repeat(type, 1))
            .Select(t => t.ValueKind == JsonValueKind.String ? t.GetString()! : t.GetRawText()).Distinct().ToList();
        foreach (var name in types)
        {
            if (!s_types.Contains(name)) throw Refuse(path, $"there is no type '{name}'; the types are {string.Join(", ", s_types)}");
        }

        return types.Count > 0 ? types : throw Refuse(path, "'type' names no type");
    }

    /// <summary>Whether the schema leaves open what kind of value it is.</summary>
    public static bool IsUntyped(JsonElement schema) =>
        !schema.EnumerateObject().Any(p => p.Name == "type" || s_objects.Contains(p.Name) || s_arrays.Contains(p.Name) || s_strings.Contains(p.Name));

    /// <summary>A count, or null when the schema does not give it.</summary>
    public static int? Count(JsonElement schema, string keyword, string path)
    {
        if (!schema.TryGetProperty(keyword, out var value)) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count >= 0
            ? count
            : throw Refuse(path, $"'{keyword}' is {value.GetRawText()}; give an integer from 0 to {int.MaxValue}");
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

    private static bool SaysNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        _ => false,
    };
}
