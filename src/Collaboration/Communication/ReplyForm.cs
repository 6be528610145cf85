using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace AgentTeams.Collaboration;

/// <summary>The form of an answer: a JSON schema that models are held to where they can be, and that every answer is checked against.</summary>
internal sealed class ReplyForm
{
    private static readonly EvaluationOptions s_options = new() { OutputFormat = OutputFormat.List };
    private readonly JsonSchema _schema;
    private readonly Func<JsonElement, string?>? _check;

    /// <param name="schema">The schema.</param>
    /// <param name="check">What a schema cannot say: null when an answer that satisfies it is acceptable, or what is wrong.</param>
    public ReplyForm(JsonNode schema, Func<JsonElement, string?>? check = null)
    {
        Schema = JsonSerializer.SerializeToElement(schema);
        _check = check;
        try
        {
            _schema = JsonSchema.FromText(Schema.GetRawText());
        }
        catch (Exception e) when (e is JsonException or JsonSchemaException or ArgumentException)
        {
            throw new AgentTeamsException($"The schema {Schema.GetRawText()} cannot be read: {e.Message} Mend it.", e);
        }
    }

    public JsonElement Schema { get; }

    /// <summary>An object whose members are all required, in their order.</summary>
    public static JsonObject Object(params (string Name, JsonNode Schema)[] members) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(members.Select(m => KeyValuePair.Create(m.Name, (JsonNode?)m.Schema))),
        ["required"] = new JsonArray([.. members.Select(m => (JsonNode)m.Name)]),
        ["additionalProperties"] = false,
    };

    /// <summary>One of these texts.</summary>
    public static JsonObject OneOf(IEnumerable<string> texts) => new() { ["enum"] = new JsonArray([.. texts.Select(t => (JsonNode)t)]) };

    /// <summary>Any text.</summary>
    public static JsonObject Text() => new() { ["type"] = "string" };

    /// <summary>What is wrong with an answer, or null.</summary>
    public string? Problem(string text)
    {
        JsonElement answer;
        try
        {
            answer = JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return $"It is not JSON. Answer with one JSON value that satisfies {Schema.GetRawText()}";
        }

        var result = _schema.Evaluate(answer, s_options);
        if (result.IsValid) return _check?.Invoke(answer);
        var problems = (result.Details ?? []).Where(d => d.Errors is not null).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation}: {e.Value}")).Distinct().Take(5).ToList();
        return $"It violates the schema{(problems.Count == 0 ? "." : $": {string.Join("; ", problems)}")} Answer with one JSON value that satisfies {Schema.GetRawText()}";
    }

    /// <summary>The answer of a workflow, which cannot be asked again.</summary>
    public string Checked(string member, string text) => Problem(text) is { } problem
        ? throw new AgentTeamsException($"The workflow '{member}' answered in another form than its team needs: {problem} Mend its answer; a workflow is not asked again.") : text;
}
