using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Conversations in the JSON form that the reference implementation renders, as this library's messages and options.</summary>
internal static class TemplateCases
{
    public static void AssertRendersAll(ChatTemplate template, Tokenizer tokenizer, JsonElement cases)
    {
        foreach (var item in cases.EnumerateArray())
        {
            var rendered = item.GetProperty("rendered").GetString()!;
            var ids = template.Render(tokenizer, Messages(item), Options(item));
            Assert.Equal(rendered, tokenizer.Decode(ids, skipSpecial: false));
            // The reference turns tags inside messages into tokens; here only the template writes those.
            if (!item.GetProperty("messages").GetRawText().Contains('<', StringComparison.Ordinal)) Assert.Equal(tokenizer.Encode(rendered, parseSpecial: true), ids);
        }
    }

    private static List<ChatMessage> Messages(JsonElement item) => [.. item.GetProperty("messages").EnumerateArray().Select(Message)];

    private static ChatMessage Message(JsonElement message)
    {
        var role = message.GetProperty("role").GetString()!;
        var content = message.GetProperty("content");
        if (role == "tool") return new(ChatRole.Tool, [new FunctionResultContent("id", content.ValueKind == JsonValueKind.String ? content.GetString() : content)]);
        var contents = new List<AIContent>();
        if (message.TryGetProperty("reasoning_content", out var reasoning)) contents.Add(new TextReasoningContent(reasoning.GetString()));
        contents.Add(new TextContent(content.GetString()));
        foreach (var call in message.TryGetProperty("tool_calls", out var calls) ? calls.EnumerateArray().ToList() : [])
        {
            var function = call.GetProperty("function");
            contents.Add(new FunctionCallContent("id", function.GetProperty("name").GetString()!, function.GetProperty("arguments").EnumerateObject().ToDictionary(p => p.Name, p => (object?)p.Value)));
        }

        return new(new ChatRole(role), contents);
    }

    private static ChatOptions Options(JsonElement item) => new()
    {
        Tools = item.TryGetProperty("tools", out var tools) ? [.. tools.EnumerateArray().Select(Tool)] : null,
        AdditionalProperties = item.TryGetProperty("enable_thinking", out var thinking) ? new() { [ChatTemplate.EnableThinking] = thinking.GetBoolean() } : null,
    };

    private static AITool Tool(JsonElement tool)
    {
        var function = tool.GetProperty("function");
        return AIFunctionFactory.CreateDeclaration(function.GetProperty("name").GetString()!, function.GetProperty("description").GetString(), function.GetProperty("parameters"));
    }
}
