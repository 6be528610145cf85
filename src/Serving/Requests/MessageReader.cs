using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>Reads a conversation.</summary>
internal static class MessageReader
{
    public static List<ChatMessage> Read(JsonField messages)
    {
        var items = messages.Items();
        return items.Count == 0 ? throw messages.Wrong("at least one message") : [.. items.Select(ReadOne)];
    }

    private static ChatMessage ReadOne(JsonField message)
    {
        var role = message.AsObject().Required("role");
        return role.Text() switch
        {
            "system" or "developer" => Plain(message, ChatRole.System),
            "user" => Plain(message, ChatRole.User),
            "assistant" => Assistant(message),
            "tool" => Tool(message),
            _ => throw role.Wrong("\"system\", \"developer\", \"user\", \"assistant\" or \"tool\""),
        };
    }

    private static ChatMessage Plain(JsonField message, ChatRole role)
    {
        message.Only("role", "content", "name");
        return new(role, Texts(message.Required("content"))) { AuthorName = message["name"]?.Text() };
    }

    private static ChatMessage Assistant(JsonField message)
    {
        message.Only("role", "content", "name", "tool_calls", "reasoning_content", "annotations");
        if (message["annotations"] is { } notes && notes.Items().Count > 0) throw RequestException.Unsupported(notes.Path, "no model here writes any.");
        var contents = new List<AIContent>();
        if (message["reasoning_content"]?.Text() is { Length: > 0 } reasoning) contents.Add(new TextReasoningContent(reasoning));
        var calls = message["tool_calls"]?.Items() ?? [];
        if (message["content"] is { } content) contents.AddRange(Texts(content));
        else if (calls.Count == 0) message.Required("content");
        contents.AddRange(calls.Select(Call));
        return new(ChatRole.Assistant, contents) { AuthorName = message["name"]?.Text() };
    }

    private static ChatMessage Tool(JsonField message)
    {
        message.Only("role", "content", "name", "tool_call_id");
        var result = string.Concat(Texts(message.Required("content")).Cast<TextContent>().Select(t => t.Text));
        return new(ChatRole.Tool, [new FunctionResultContent(message.Required("tool_call_id").Text(), result)]);
    }

    private static List<AIContent> Texts(JsonField content)
    {
        if (content.Value.ValueKind == JsonValueKind.String) return content.Text() is { Length: > 0 } text ? [new TextContent(text)] : [];
        if (content.Value.ValueKind != JsonValueKind.Array) throw content.Wrong("a text or text parts");
        return [.. content.Items().Select(Part)];
    }

    private static TextContent Part(JsonField part)
    {
        var type = part.AsObject().Required("type");
        if (type.Text() != "text") throw type.Wrong("\"text\"; images, audio and files are not read here");
        return new(part.Only("type", "text").Required("text").Text());
    }

    private static FunctionCallContent Call(JsonField call)
    {
        var type = call.AsObject()["type"];
        if (type is not null && type.Text() != "function") throw type.Wrong("\"function\"");
        // Streams number calls, and some clients send the number back.
        var function = call.Only("id", "type", "function", "index").Required("function").AsObject().Only("name", "arguments");
        return new(call.Required("id").Text(), function.Required("name").Text(), Arguments(function.Required("arguments")));
    }

    private static Dictionary<string, object?> Arguments(JsonField arguments)
    {
        const string Instead = "the text of a JSON object";
        var text = arguments.Text(Instead);
        if (text.Length == 0) return [];
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw arguments.Wrong(Instead);
            var read = new Dictionary<string, object?>(StringComparer.Ordinal);
            foreach (var member in document.RootElement.EnumerateObject()) read[member.Name] = member.Value.Clone();
            return read;
        }
        catch (JsonException)
        {
            throw arguments.Wrong(Instead);
        }
    }
}
