using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentTeams.Mcp;

/// <summary>
/// A type as the arguments or the result of a tool, which both are objects: an object is that itself, anything else the only member of one.
/// </summary>
internal sealed class ToolShape
{
    private readonly string? _member;
    private readonly McpSchema _rules;

    private ToolShape(JsonElement schema, string? member) => (Schema, _member, _rules) = (schema, member, new(schema));

    public JsonElement Schema { get; }

    public static ToolShape Of(Type type, string member) => Of(AIJsonUtilities.CreateJsonSchema(type, serializerOptions: TrajectoryJson.Options), member);

    public static ToolShape Of(JsonElement schema, string member)
    {
        var isObject = schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() == "object";
        if (isObject) return new(schema, null);
        var inner = JsonSerializer.SerializeToNode(schema);
        var whole = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { [member] = inner }, ["required"] = new JsonArray(member) };
        // References begin at the root of a schema, which is no longer the one that they mean.
        if (inner is JsonObject { } o && o.Remove("$defs", out var definitions)) whole["$defs"] = definitions;
        return new(JsonSerializer.SerializeToElement(whole), member);
    }

    /// <summary>What the arguments of a call say.</summary>
    /// <exception cref="JsonException">They are no such value.</exception>
    public T Read<T>(IDictionary<string, JsonElement>? arguments)
    {
        var given = JsonSerializer.SerializeToElement(arguments ?? new Dictionary<string, JsonElement>());
        if (_rules.Violation(given) is { } violation) throw new JsonException(violation + ".");
        var json = _member is null ? given : given.GetProperty(_member);
        return json.Deserialize<T>(TrajectoryJson.Options) ?? throw new JsonException($"'{_member ?? "arguments"}' is null.");
    }

    /// <summary>A result as an object.</summary>
    public JsonElement Write<T>(T value)
    {
        var json = TrajectoryJson.ToElement(value);
        return _member is null && json.ValueKind == JsonValueKind.Object ? json : JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement> { [_member ?? "result"] = json });
    }
}
