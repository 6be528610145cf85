using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>Messages in the OpenAI chat form; what <see cref="ChatExport"/> writes reads back.</summary>
internal static class OpenAiMessages
{
    /// <exception cref="AgentTeamsException">It is no message.</exception>
    public static ChatMessage Read(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object || message.TextOf("role") is not { Length: > 0 } role)
            throw new AgentTeamsException("A message is no object with a \"role\".");
        var contents = message.TryGetProperty("content", out var content) ? Contents(content) : [];
        if (role is "tool" or "function" && (message.TextOf("tool_call_id") ?? message.TextOf("name")) is { } answered)
            return new(ChatRole.Tool, [new FunctionResultContent(answered, string.Concat(contents.OfType<TextContent>().Select(c => c.Text)))]);
        if (message.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array)
            contents.AddRange(calls.EnumerateArray().Select(c => Call(c.GetProperty("function"), c.TextOf("id"))));
        if (message.TryGetProperty("function_call", out var call) && call.ValueKind == JsonValueKind.Object) contents.Add(Call(call, id: null));
        return new(role == "developer" ? ChatRole.System : new ChatRole(role), contents) { AuthorName = role is "tool" ? null : message.TextOf("name") };
    }

    /// <summary>A call; arguments are an object, or its JSON as text. A text that is no object is kept under its own name.</summary>
    public static FunctionCallContent Call(string name, string? id, JsonElement? arguments)
    {
        var given = arguments is { ValueKind: JsonValueKind.String } text ? TraceJson.TryParse(text.GetString()!) ?? text : arguments;
        return new(id ?? name, name, given switch
        {
            { ValueKind: JsonValueKind.Object } members =>
                members.EnumerateObject().ToDictionary(m => m.Name, object? (m) => m.Value.Clone(), StringComparer.Ordinal),
            null or { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } => null,
            { } other => new Dictionary<string, object?>(StringComparer.Ordinal) { ["arguments"] = other.Clone() },
        });
    }

    private static FunctionCallContent Call(JsonElement function, string? id) => Call(
        function.TextOf("name") ?? throw new AgentTeamsException("A tool call has no \"name\"."), id,
        function.TryGetProperty("arguments", out var arguments) ? arguments : null);

    private static List<AIContent> Contents(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString() is { Length: > 0 } text ? [new TextContent(text)] : [],
        JsonValueKind.Array => [.. content.EnumerateArray().Select(Part)],
        JsonValueKind.Null => [],
        _ => throw new AgentTeamsException($"A message's content is of the kind {content.ValueKind}; it must be a text or an array."),
    };

    // What is of no known kind is kept as its JSON.
    private static AIContent Part(JsonElement part) => part.ValueKind == JsonValueKind.String ? new TextContent(part.GetString())
        : part.ValueKind != JsonValueKind.Object ? new TextContent(part.GetRawText())
        : part.TextOf("type") switch
        {
            "text" or "input_text" or "output_text" => new TextContent(part.TextOf("text") ?? ""),
            "image_url" when part.TryGetProperty("image_url", out var image) && image.TextOf("url") is { } url => Link(url),
            _ => new TextContent(part.GetRawText()),
        };

    private static AIContent Link(string url) =>
        url.StartsWith("data:", StringComparison.OrdinalIgnoreCase) ? new DataContent(url) : new UriContent(url, "image/*");
}
