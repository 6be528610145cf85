using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>Reads resources and prompts of a server; each is a call with time-outs and limits like a tool's.</summary>
internal static class McpContext
{
    public static async Task<ToolResult> ReadAsync(McpConnection connection, string uri, ToolCallContext? context, CancellationToken cancellationToken)
    {
        var raw = await connection.CallAsync(new(RequestMethods.ResourcesRead, uri, new() { ["uri"] = uri }, context), cancellationToken).ConfigureAwait(false);
        return connection.Sized(raw, ToResult(Members(raw, "contents").Select(c => new JsonObject { ["type"] = "resource", ["resource"] = JsonNode.Parse(c.GetRawText()) })), uri);
    }

    public static async Task<IReadOnlyList<ChatMessage>> PromptAsync(McpConnection connection, string name, IReadOnlyDictionary<string, string> arguments, ToolCallContext? context, CancellationToken cancellationToken)
    {
        JsonObject parameters = new() { ["name"] = name, ["arguments"] = JsonSerializer.SerializeToNode(arguments) };
        var raw = await connection.CallAsync(new(RequestMethods.PromptsGet, name, parameters, context), cancellationToken).ConfigureAwait(false);
        var messages = Members(raw, "messages").Select(m => new ChatMessage(McpListing.Text(m, "role") == "assistant" ? ChatRole.Assistant : ChatRole.User, [.. ToResult(Blocks(m)).Contents])).ToList();
        connection.Sized(raw, ToolResult.FromContents([.. messages.SelectMany(m => m.Contents)]), name);
        return messages;
    }

    private static IEnumerable<JsonObject> Blocks(JsonElement message)
    {
        if (!message.TryGetProperty("content", out var content)) return [];
        return (content.ValueKind == JsonValueKind.Array ? content.EnumerateArray().AsEnumerable() : [content]).Select(c => JsonNode.Parse(c.GetRawText())).OfType<JsonObject>();
    }

    private static JsonElement[] Members(JsonElement raw, string list) => raw.TryGetProperty(list, out var all) && all.ValueKind == JsonValueKind.Array ? [.. all.EnumerateArray()] : [];

    private static ToolResult ToResult(IEnumerable<JsonObject> blocks) => McpResult.Read(JsonSerializer.SerializeToElement(new JsonObject { ["content"] = new JsonArray([.. blocks]) }));
}
