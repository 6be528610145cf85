using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>
/// A request of a human node as a form that clients can show, which has members of simple types only: an answer that is such an object is asked for member by
/// member, a simple one as the only member, and any other as JSON in a text.
/// </summary>
internal sealed class ElicitationForm
{
    private const string Member = "answer";
    private readonly HumanRequest _request;
    private readonly Kind _kind;
    private readonly JsonObject _properties = [];
    private readonly JsonArray _required = [];

    private ElicitationForm(HumanRequest request, Kind kind) => (_request, _kind) = (request, kind);

    private enum Kind
    {
        Object,
        Simple,
        Text,
    }

    public static ElicitationForm Of(HumanRequest request)
    {
        var schema = request.AnswerSchema;
        if (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out var members) && members.EnumerateObject().ToList() is { Count: > 0 } list
            && list.TrueForAll(m => Simple(m.Value) is not null))
        {
            var form = new ElicitationForm(request, Kind.Object);
            foreach (var member in list) form._properties[member.Name] = Simple(member.Value);
            if (schema.TryGetProperty("required", out var required)) foreach (var name in required.EnumerateArray()) form._required.Add(name.GetString());
            return form;
        }

        var simple = Simple(schema);
        var one = new ElicitationForm(request, simple is null ? Kind.Text : Kind.Simple);
        one._properties[Member] = simple ?? new JsonObject { ["type"] = "string", ["description"] = $"JSON that matches {schema.GetRawText()}" };
        one._required.Add(Member);
        return one;
    }

    /// <summary>What a client is asked.</summary>
    public ElicitRequestParams ToParams() => new()
    {
        Mode = "form",
        Message = _request.Payload.ValueKind == JsonValueKind.String ? _request.Payload.GetString()! : $"{_request.Node}: {_request.Payload.GetRawText()}",
        RequestedSchema = new JsonObject { ["type"] = "object", ["properties"] = _properties.DeepClone(), ["required"] = _required.DeepClone() }.Deserialize<ElicitRequestParams.RequestSchema>(ModelContextProtocol.McpJsonUtilities.DefaultOptions),
    };

    /// <summary>The answer of a client, or null where it is none to this request.</summary>
    public JsonElement? Read(ElicitResult result)
    {
        if (!result.IsAccepted || result.Content is not { } content) return null;
        JsonElement answer;
        if (_kind == Kind.Object) answer = JsonSerializer.SerializeToElement(content);
        else if (!content.TryGetValue(Member, out answer)) return null;
        if (_kind == Kind.Text)
        {
            if (answer.ValueKind != JsonValueKind.String) return null;
            try
            {
                answer = JsonElement.Parse(answer.GetString()!);
            }
            catch (JsonException)
            {
                return null;
            }
        }

        return new McpSchema(_request.AnswerSchema).Violation(answer) is null ? answer : null;
    }

    // The keywords that forms know; a nullable type is one whose member may be left out.
    private static JsonObject? Simple(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object) return null;
        if (schema.TryGetProperty("enum", out var values) && values.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String))
            return new() { ["type"] = "string", ["enum"] = JsonSerializer.SerializeToNode(values) };
        if (!schema.TryGetProperty("type", out var type)) return null;
        var name = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()).FirstOrDefault(t => t != "null") : type.GetString();
        if (name is not ("string" or "number" or "integer" or "boolean")) return null;
        var simple = new JsonObject { ["type"] = name };
        foreach (var keyword in (string[])["title", "description", "minimum", "maximum", "minLength", "maxLength"])
            if (schema.TryGetProperty(keyword, out var value)) simple[keyword] = JsonSerializer.SerializeToNode(value);
        return simple;
    }
}
