using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>Tool results that are contents rather than a value: texts are told, and there is no place for others in a prompt of text.</summary>
internal static class ToolResultContents
{
    private const string ContentKind = "$type", BlockKind = "type";

    /// <summary>The texts of a result that consists of contents, line by line; null for any other result.</summary>
    /// <exception cref="AgentTeamsException">A content is no text.</exception>
    public static string? TextOf(FunctionResultContent call, string template)
    {
        switch (call.Result)
        {
            case AIContent content:
                return Texts([content]);
            case IEnumerable<AIContent> contents:
                return Texts(contents);
            case JsonElement json when Stored(json) is { } stored:
                return Texts(stored);
            case JsonElement { ValueKind: JsonValueKind.Object } json when json.TryGetProperty("content", out var blocks) && AreAll(blocks, BlockKind):
                foreach (var block in blocks.EnumerateArray()) RequireText(block);
                return null;
            default:
                return null;
        }

        string Texts(IEnumerable<AIContent> contents) =>
            string.Join('\n', contents.Select(c => c is TextContent text ? text.Text : throw Refusal(c?.GetType().Name ?? "null")));

        // The blocks of an MCP result as its server wrote it.
        void RequireText(JsonElement block)
        {
            var kind = block.GetProperty(BlockKind).GetString()!;
            if (kind is "image" or "audio"
                || (kind == "resource" && block.TryGetProperty("resource", out var resource) && resource.ValueKind == JsonValueKind.Object
                    && resource.TryGetProperty("blob", out _)))
            {
                throw Refusal(kind);
            }
        }

        AgentTeamsException Refusal(string kind) => new(
            $"The chat template '{template}' has no place for {kind}, which the call '{call.CallId}' returned. Return text or JSON from the tool, such as "
                + "the Text of its ToolResult, or give the role a model that takes more than text.");
    }

    // Contents that went through JSON, as those of a stored conversation.
    private static List<AIContent>? Stored(JsonElement json)
    {
        try
        {
            return AreAll(json, ContentKind) ? json.Deserialize<List<AIContent>>(AIJsonUtilities.DefaultOptions)
                : IsOf(json, ContentKind) ? [json.Deserialize<AIContent>(AIJsonUtilities.DefaultOptions)!]
                : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException)
        {
            // Data that only looks like contents.
            return null;
        }
    }

    private static bool AreAll(JsonElement json, string kind) =>
        json.ValueKind == JsonValueKind.Array && json.GetArrayLength() > 0 && json.EnumerateArray().All(i => IsOf(i, kind));

    private static bool IsOf(JsonElement json, string kind) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(kind, out var value) && value.ValueKind == JsonValueKind.String;
}
