using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>The tools that a server offers, read one by one, so that one that is odd costs only itself.</summary>
internal sealed record McpToolList(ImmutableArray<McpToolDefinition> Tools, ImmutableArray<SkippedTool> Skipped)
{
    public static async Task<McpToolList> FetchAsync(McpClient client, CancellationToken cancellationToken)
    {
        var tools = ImmutableArray.CreateBuilder<McpToolDefinition>();
        var skipped = ImmutableArray.CreateBuilder<SkippedTool>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var cursors = new HashSet<string>(StringComparer.Ordinal);
        var place = 0;
        string? cursor = null;
        do
        {
            var parameters = new JsonObject();
            if (cursor is not null) parameters["cursor"] = cursor;
            var response = await client.SendRequestAsync(new JsonRpcRequest { Method = RequestMethods.ToolsList, Params = parameters }, cancellationToken)
                .ConfigureAwait(false);
            var page = JsonSerializer.SerializeToElement(response.Result);
            if (page.ValueKind != JsonValueKind.Object || !page.TryGetProperty("tools", out var listed) || listed.ValueKind != JsonValueKind.Array)
                throw new JsonException($"The server's answer to '{RequestMethods.ToolsList}' holds no list 'tools'.");
            foreach (var json in listed.EnumerateArray())
            {
                var name = Text(json, "name") is { Length: > 0 } given ? given : string.Create(CultureInfo.InvariantCulture, $"#{place}");
                place++;
                if ((Problem(json) ?? (names.Add(name) ? null : "an earlier tool has its name")) is { } problem) skipped.Add(new(name, problem));
                else tools.Add(new(name, Text(json, "description") ?? Text(json, "title") ?? "", json.GetProperty("inputSchema"), OutputSchema(json)));
            }

            cursor = Text(page, "nextCursor");
            if (cursor is not null && !cursors.Add(cursor))
                throw new JsonException($"The server's pages of '{RequestMethods.ToolsList}' come back to the cursor '{cursor}' and never end.");
        }
        while (cursor is not null);
        return new(tools.ToImmutable(), skipped.ToImmutable());
    }

    private static string? Problem(JsonElement tool)
    {
        if (tool.ValueKind != JsonValueKind.Object) return "it is no JSON object";
        if (Text(tool, "name") is not { Length: > 0 }) return "it has no name";
        if (!tool.TryGetProperty("inputSchema", out var schema)) return "it has no inputSchema";
        if (schema.ValueKind != JsonValueKind.Object) return $"its inputSchema is {schema.GetRawText()}, no object";
        return Text(schema, "type") == "object" ? null
            : schema.TryGetProperty("type", out var type) ? $"its inputSchema has the type {type.GetRawText()}, not \"object\""
            : "its inputSchema has no \"type\": \"object\"";
    }

    // It is only information: whatever a tool answers is read all the same.
    private static JsonElement? OutputSchema(JsonElement tool) =>
        tool.TryGetProperty("outputSchema", out var schema) && schema.ValueKind == JsonValueKind.Object ? schema : null;

    private static string? Text(JsonElement json, string member) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
