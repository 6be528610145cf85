using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>The result of an MCP tool call in its JSON form, read into contents of every kind; what is of no known kind is kept as its JSON.</summary>
internal static class McpResult
{
    private const string AnyData = "application/octet-stream";

    /// <summary>Whether a function's JSON is such a result rather than data that looks a little like one.</summary>
    public static bool IsOne(JsonElement json) =>
        json.EnumerateObject().All(m => m.Name is "content" or "isError" or "structuredContent" or "_meta" or "resultType")
        && json.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array
        && content.EnumerateArray().All(b => b.ValueKind == JsonValueKind.Object && Text(b, "type") is not null);

    public static ToolResult Read(JsonElement result)
    {
        var blocks = result.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array ? content.EnumerateArray() : default;
        return ToolResult.FromContents(
            [.. blocks.Select(Content)],
            result.TryGetProperty("structuredContent", out var json) && json.ValueKind != JsonValueKind.Null ? json : null,
            result.TryGetProperty("isError", out var isError) && isError.ValueKind == JsonValueKind.True);
    }

    private static AIContent Content(JsonElement block)
    {
        try
        {
            return Known(block) ?? new TextContent(block.GetRawText());
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            // Data that is not base64, or an address that is none: the model may still make sense of it.
            return new TextContent(block.GetRawText());
        }
    }

    private static AIContent? Known(JsonElement block)
    {
        if (block.ValueKind != JsonValueKind.Object) return null;
        switch (Text(block, "type"))
        {
            case "text" when Text(block, "text") is { } text:
                return With(new TextContent(text), block, "annotations", "_meta");
            case "image" or "audio" when Text(block, "data") is { } data:
                return With(Data(data, block), block, "annotations", "_meta");
            case "resource_link" when Text(block, "uri") is { } link:
                return With(new UriContent(link, MediaType(block)), block, "name", "title", "description", "size", "annotations", "icons", "_meta");
            case "resource" when block.TryGetProperty("resource", out var resource) && resource.ValueKind == JsonValueKind.Object:
                AIContent? content = Text(resource, "text") is { } written ? new TextContent(written)
                    : Text(resource, "blob") is { } blob ? Data(blob, resource)
                    : null;
                return content is null ? null : With(With(content, block, "annotations"), resource, "uri", "mimeType", "_meta");
            default:
                return null;
        }
    }

    private static DataContent Data(string base64, JsonElement source) => new(Convert.FromBase64String(base64), MediaType(source));

    // Data of no type, or of one that is none, is still data: as text it would fill a prompt with base64.
    private static string MediaType(JsonElement source) => MediaTypeHeaderValue.TryParse(Text(source, "mimeType"), out var type) ? type.ToString() : AnyData;

    private static AIContent With(AIContent content, JsonElement source, params ReadOnlySpan<string> members)
    {
        foreach (var member in members)
        {
            if (source.TryGetProperty(member, out var value) && value.ValueKind != JsonValueKind.Null) (content.AdditionalProperties ??= [])[member] = value;
        }

        return content;
    }

    private static string? Text(JsonElement json, string member) =>
        json.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
