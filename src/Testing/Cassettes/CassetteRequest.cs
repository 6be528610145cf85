using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentTeams.Testing;

/// <summary>A request as a cassette knows it: everything that a reply depends on but what differs from run to run.</summary>
internal static class CassetteRequest
{
    /// <summary>The request as JSON.</summary>
    public static JsonObject Of(IReadOnlyList<ChatMessage> messages, ChatOptions? options)
    {
        var request = new JsonObject { ["messages"] = JsonSerializer.SerializeToNode(messages, AIJsonUtilities.DefaultOptions) };
        if (options is null) return request;
        var kept = options.Clone();
        // Seeds and keys name a call and not what it asks.
        (kept.Seed, kept.AdditionalProperties) = (null, Kept(options.AdditionalProperties));
        var written = (JsonObject)JsonSerializer.SerializeToNode(kept, AIJsonUtilities.DefaultOptions)!;
        if (options.Tools is { Count: > 0 } tools) written["tools"] = new JsonArray([.. tools.Select(ToolOf)]);
        if (written.Count > 0) request["options"] = written;
        return request;
    }

    /// <summary>Names a request.</summary>
    public static string KeyOf(JsonObject request) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request.ToJsonString())).AsSpan(0, 12));

    private static AdditionalPropertiesDictionary? Kept(AdditionalPropertiesDictionary? properties)
    {
        if (properties is null) return null;
        var kept = properties.Clone();
        kept.Remove("idempotency_key");
        return kept.Count == 0 ? null : kept;
    }

    private static JsonNode? ToolOf(AITool tool)
    {
        var written = new JsonObject { ["name"] = tool.Name, ["description"] = tool.Description };
        if (tool is AIFunctionDeclaration function) written["schema"] = JsonNode.Parse(function.JsonSchema.GetRawText());
        return written;
    }
}
