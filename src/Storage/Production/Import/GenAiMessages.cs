using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>Messages of the OpenTelemetry conventions for generative AI, in attributes or, as before version 1.37, in events.</summary>
internal static class GenAiMessages
{
    private const string Details = "gen_ai.client.inference.operation.details";
    private const string Choice = "gen_ai.choice";

    private static readonly Dictionary<string, string> EventRoles = new(StringComparer.Ordinal)
    {
        ["gen_ai.system.message"] = "system", ["gen_ai.user.message"] = "user", ["gen_ai.assistant.message"] = "assistant",
        ["gen_ai.tool.message"] = "tool", [Choice] = "assistant",
    };

    public static ImmutableArray<ChatMessage> InputOf(OtlpSpan span)
    {
        ImmutableArray<ChatMessage> instructions = Find(span, "gen_ai.system_instructions") is { ValueKind: JsonValueKind.Array } parts
            ? [new(ChatRole.System, [.. parts.EnumerateArray().Select(Part)])] : [];
        return [.. instructions, .. Messages(Find(span, "gen_ai.input.messages")) ?? FromEvents(span, isOutput: false)];
    }

    public static ImmutableArray<ChatMessage> OutputOf(OtlpSpan span) =>
        [.. Messages(Find(span, "gen_ai.output.messages")) ?? FromEvents(span, isOutput: true)];

    private static JsonElement? Find(OtlpSpan span, string name) => span.Json(name)
        ?? span.Events.Where(e => e.Name == Details).Select(e => (span with { Attributes = e.Attributes }).Json(name))
            .FirstOrDefault(found => found is not null);

    private static IEnumerable<ChatMessage>? Messages(JsonElement? messages) =>
        messages is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray().Select(Message) : null;

    private static ChatMessage Message(JsonElement message) => message.ItemsOf("parts").Select(Part).ToList() is { Count: > 0 } parts
        ? new(new ChatRole(message.TextOf("role") ?? "user"), parts) { AuthorName = message.TextOf("name") }
        : OpenAiMessages.Read(message);

    private static AIContent Part(JsonElement part) => part.TextOf("type") switch
    {
        "text" => new TextContent(part.TextOf("content") ?? part.TextOf("text") ?? ""),
        "reasoning" => new TextReasoningContent(part.TextOf("content")),
        "tool_call" when part.TextOf("name") is { } name =>
            OpenAiMessages.Call(name, part.TextOf("id"), part.TryGetProperty("arguments", out var given) ? given : null),
        "tool_call_response" => new FunctionResultContent(part.TextOf("id") ?? "", Result(part)),
        "uri" when part.TextOf("uri") is { } link => new UriContent(link, part.TextOf("mime_type") ?? "application/octet-stream"),
        "blob" when part.TextOf("content") is { } data =>
            new DataContent(Convert.FromBase64String(data), part.TextOf("mime_type") ?? "application/octet-stream"),
        _ => new TextContent(part.GetRawText()),
    };

    private static object? Result(JsonElement part) =>
        !part.TryGetProperty("response", out var result) && !part.TryGetProperty("result", out result) ? null
        : result.ValueKind == JsonValueKind.String ? result.GetString() : result.Clone();

    private static IEnumerable<ChatMessage> FromEvents(OtlpSpan span, bool isOutput) =>
        from e in span.Events
        where EventRoles.ContainsKey(e.Name) && (e.Name == Choice) == isOutput
        select OpenAiMessages.Read(Chat(e.Attributes, EventRoles[e.Name]));

    /// <summary>The event in the OpenAI form, which it resembles; a choice holds its message as JSON.</summary>
    private static JsonElement Chat(IReadOnlyDictionary<string, JsonElement> attributes, string role)
    {
        var message = new JsonObject();
        foreach (var (name, value) in attributes) message[name == "id" && role == "tool" ? "tool_call_id" : name] = Parsed(name, value);
        if (message["message"] is JsonObject inner) message = (JsonObject)inner.DeepClone();
        message["role"] ??= role;
        return JsonSerializer.SerializeToElement(message);
    }

    // A content stays a text, whatever it looks like.
    private static JsonNode? Parsed(string name, JsonElement value) => JsonSerializer.SerializeToNode(
        name is "message" or "tool_calls" && value.ValueKind == JsonValueKind.String ? TraceJson.TryParse(value.GetString()!) ?? value : value);
}
