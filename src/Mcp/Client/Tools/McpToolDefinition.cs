using System.Text.Json;

namespace AgentTeams.Mcp;

/// <summary>A tool as its server describes it.</summary>
internal sealed record McpToolDefinition(string Name, string Description, JsonElement InputSchema, McpSchema? Output, McpAnnotations Annotations)
{
    private readonly HashSet<string> _required = InputSchema.TryGetProperty("required", out var required) && required.ValueKind == JsonValueKind.Array
        ? [.. required.EnumerateArray().Where(r => r.ValueKind == JsonValueKind.String).Select(r => r.GetString()!)]
        : [];

    /// <summary>The arguments that are sent: an optional one that is null is left out, as servers read null as a value.</summary>
    public Dictionary<string, object?> Given(IEnumerable<KeyValuePair<string, object?>> arguments) =>
        arguments.Where(a => !IsNull(a.Value) || _required.Contains(a.Key) || MeansNull(a.Key)).ToDictionary(StringComparer.Ordinal);

    /// <summary>Whether two definitions describe the same tool alike.</summary>
    public bool IsSameAs(McpToolDefinition other) =>
        Name == other.Name && Description == other.Description && JsonElement.DeepEquals(InputSchema, other.InputSchema)
        && Annotations == other.Annotations
        && (Output is { } output ? other.Output is { } same && JsonElement.DeepEquals(output.Schema, same.Schema) : other.Output is null);

    /// <summary>Whether the schema names the argument.</summary>
    public bool Has(string argument) =>
        InputSchema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(argument, out _);

    private static bool IsNull(object? value) => value is null or JsonElement { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined };

    // Left out, such an argument would become its default, which is something else than the null that was asked for.
    private bool MeansNull(string name) =>
        InputSchema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
        && properties.TryGetProperty(name, out var schema) && schema.ValueKind == JsonValueKind.Object
        && schema.TryGetProperty("default", out var value) && value.ValueKind != JsonValueKind.Null
        && AllowsNull(schema);

    private static bool AllowsNull(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object) return false;
        if (schema.TryGetProperty("type", out var type)
            && (IsNullType(type) || (type.ValueKind == JsonValueKind.Array && type.EnumerateArray().Any(IsNullType))))
        {
            return true;
        }

        foreach (var choice in new[] { "anyOf", "oneOf" })
        {
            if (schema.TryGetProperty(choice, out var any) && any.ValueKind == JsonValueKind.Array && any.EnumerateArray().Any(AllowsNull)) return true;
        }

        return false;
    }

    private static bool IsNullType(JsonElement type) => type.ValueKind == JsonValueKind.String && type.ValueEquals("null");
}

/// <summary>A tool that a server offers but that cannot be used.</summary>
/// <param name="Name">The tool's name; its place in the list, such as "#3", where it has none.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record SkippedTool(string Name, string Reason);
