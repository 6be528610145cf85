using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>A document that a server offers.</summary>
/// <param name="Uri">Its address; for a template, with variables in braces.</param>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is about, or empty.</param>
/// <param name="MediaType">Its type, or null.</param>
public sealed record McpResource(string Uri, string Name, string Description, string? MediaType)
{
    /// <summary>Whether the address is a template (RFC 6570) whose variables have to be filled in.</summary>
    public bool IsTemplate { get; init; }
}

/// <summary>A prompt that a server offers.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is for, or empty.</param>
/// <param name="Arguments">Its arguments.</param>
public sealed record McpPrompt(string Name, string Description, IReadOnlyList<McpPromptArgument> Arguments);

/// <summary>An argument of a prompt.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is for, or empty.</param>
/// <param name="IsRequired">Whether it must be given.</param>
public sealed record McpPromptArgument(string Name, string Description, bool IsRequired);

/// <summary>Lists what a server offers page by page.</summary>
internal static class McpListing
{
    /// <summary>The members of the list on all pages; one that cannot be read costs only itself, and is undefined.</summary>
    public static async Task<List<JsonElement>> AllAsync(McpClient client, string method, string member, CancellationToken cancellationToken)
    {
        var all = new List<JsonElement>();
        var cursors = new HashSet<string>(StringComparer.Ordinal);
        string? cursor = null;
        do
        {
            JsonObject parameters = [];
            if (cursor is not null) parameters["cursor"] = cursor;
            var page = (await client.SendRequestAsync(new JsonRpcRequest { Method = method, Params = parameters }, cancellationToken).ConfigureAwait(false)).Result as JsonObject;
            if (page?[member] is not JsonArray listed) throw new JsonException($"The server's answer to '{method}' holds no list '{member}'.");
            all.AddRange(listed.Select(Read));
            cursor = page["nextCursor"] is JsonValue next && next.TryGetValue<string>(out var text) ? text : null;
            if (cursor is not null && !cursors.Add(cursor)) throw new JsonException($"The server's pages of '{method}' come back to the cursor '{cursor}' and never end.");
        }
        while (cursor is not null);
        return all;
    }

    // What holds half a character (a lone surrogate) cannot be read, and is undefined.
    private static JsonElement Read(JsonNode? item)
    {
        try
        {
            return JsonSerializer.SerializeToElement(item);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return default;
        }
    }

    public static McpResource Resource(JsonElement json, bool isTemplate) =>
        new(Text(json, isTemplate ? "uriTemplate" : "uri") ?? "", Text(json, "name") ?? "", Text(json, "description") ?? "", Text(json, "mimeType")) { IsTemplate = isTemplate };

    public static McpPrompt Prompt(JsonElement json) => new(Text(json, "name") ?? "", Text(json, "description") ?? "",
        json.TryGetProperty("arguments", out var arguments) && arguments.ValueKind == JsonValueKind.Array
            ? [.. arguments.EnumerateArray().Select(a => new McpPromptArgument(Text(a, "name") ?? "", Text(a, "description") ?? "", a.TryGetProperty("required", out var required) && required.ValueKind == JsonValueKind.True))]
            : []);

    public static string? Text(JsonElement json, string member) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
