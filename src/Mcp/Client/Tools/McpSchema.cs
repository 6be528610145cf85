using System.Text.Json;
using Json.Schema;

namespace AgentTeams.Mcp;

/// <summary>A schema that arguments or structured results of a tool keep.</summary>
internal sealed class McpSchema
{
    private static readonly EvaluationOptions s_options = new() { OutputFormat = OutputFormat.List };
    private readonly JsonSchema? _schema;

    public McpSchema(JsonElement schema)
    {
        Schema = schema;
        try
        {
            _schema = JsonSchema.FromText(schema.GetRawText());
            if (Elsewhere(schema) is { } reference) (_schema, Problem) = (null, $"its schema refers to '{reference}', which is not fetched");
        }
        catch (Exception e) when (e is JsonException or JsonSchemaException or ArgumentException or InvalidOperationException)
        {
            _schema = null;
            Problem = $"its schema cannot be read: {e.Message}";
        }
    }

    public JsonElement Schema { get; }

    /// <summary>Why results cannot be compared with it, or null.</summary>
    public string? Problem { get; }

    /// <summary>Where and how a result violates it, or null.</summary>
    public string? Violation(JsonElement? result)
    {
        if (_schema is null) return null;
        if (result is not { } given) return "it has no structured content, and the tool's output schema asks for one";
        EvaluationResults judged;
        try
        {
            judged = _schema.Evaluate(given, s_options);
        }
        catch (JsonSchemaException e)
        {
            return $"the tool's schema cannot be applied to it: {e.Message}";
        }

        if (judged.IsValid) return null;
        var problems = (judged.Details ?? []).Where(d => d.Errors is not null).SelectMany(d => d.Errors!.Select(e => $"at '{(d.InstanceLocation.ToString() is { Length: > 0 } path ? path : "/")}': {e.Value}")).Distinct().Take(5).ToList();
        return problems.Count == 0 ? "it violates the tool's schema" : string.Join("; ", problems);
    }

    /// <summary>A part of the schema that stands somewhere else, or null.</summary>
    private static string? Elsewhere(JsonElement schema) => schema.ValueKind switch
    {
        JsonValueKind.Object => schema.TryGetProperty("$ref", out var reference) && reference.ValueKind == JsonValueKind.String && Uri.TryCreate(reference.GetString(), UriKind.Absolute, out _)
            ? reference.GetString()
            : schema.EnumerateObject().Select(m => Elsewhere(m.Value)).FirstOrDefault(e => e is not null),
        JsonValueKind.Array => schema.EnumerateArray().Select(Elsewhere).FirstOrDefault(e => e is not null),
        _ => null,
    };
}
