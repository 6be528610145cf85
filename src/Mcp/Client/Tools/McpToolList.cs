using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using ModelContextProtocol;
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
        var place = 0;
        foreach (var json in await McpListing.AllAsync(client, RequestMethods.ToolsList, "tools", cancellationToken).ConfigureAwait(false))
        {
            var name = McpListing.Text(json, "name") is { Length: > 0 } given ? given : string.Create(CultureInfo.InvariantCulture, $"#{place}");
            place++;
            if ((Problem(json) ?? (names.Add(name) ? Introduce(client, json) : "an earlier tool has its name")) is { } problem) skipped.Add(new(name, problem));
            else tools.Add(new(name, McpListing.Text(json, "description") ?? McpListing.Text(json, "title") ?? "", json.GetProperty("inputSchema"), OutputSchema(json), McpAnnotations.Of(json)));
        }

        return new(tools.ToImmutable(), skipped.ToImmutable());
    }

    private static string? Problem(JsonElement tool)
    {
        if (tool.ValueKind == JsonValueKind.Undefined) return "it holds half a character (a lone surrogate), which is no text";
        if (tool.ValueKind != JsonValueKind.Object) return "it is no JSON object";
        if (McpListing.Text(tool, "name") is not { Length: > 0 }) return "it has no name";
        if (!tool.TryGetProperty("inputSchema", out var schema)) return "it has no inputSchema";
        if (schema.ValueKind != JsonValueKind.Object) return $"its inputSchema is {schema.GetRawText()}, no object";
        if (tool.TryGetProperty("execution", out var execution) && McpListing.Text(execution, "taskSupport") == "required") return "it can be called as a task only, which is not supported";
        return McpListing.Text(schema, "type") == "object" ? null
            : schema.TryGetProperty("type", out var type) ? $"its inputSchema has the type {type.GetRawText()}, not \"object\""
            : "its inputSchema has no \"type\": \"object\"";
    }

    private static McpSchema? OutputSchema(JsonElement tool) =>
        tool.TryGetProperty("outputSchema", out var schema) && schema.ValueKind == JsonValueKind.Object ? new(schema) : null;

    /// <summary>Lets the client know the tool, as some of its arguments may have to travel as headers; says what is wrong with those, or null.</summary>
    private static string? Introduce(McpClient client, JsonElement tool)
    {
        Tool? known;
        try
        {
            known = tool.Deserialize<Tool>(McpJsonUtilities.DefaultOptions);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // Parts of it that the client reads and nobody here needs.
            return null;
        }

        try
        {
            if (known is not null) client.AddKnownTools([known]);
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }
}
