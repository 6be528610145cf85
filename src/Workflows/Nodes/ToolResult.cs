using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>What a tool answered.</summary>
public sealed record ToolResult
{
    /// <summary>The answer as text; JSON text where the tool answered with structured data.</summary>
    public required string Text { get; init; }

    /// <summary>The answer as JSON, where it was structured or a number.</summary>
    public JsonElement? Json { get; init; }

    /// <summary>Whether <see cref="Text"/> says what went wrong instead.</summary>
    public bool IsError { get; init; }

    /// <summary>Reads whatever an <see cref="AIFunction"/> returned, a raw MCP result included.</summary>
    public static ToolResult From(object? value) => value switch
    {
        null => new() { Text = "" },
        ToolResult result => result,
        string text => new() { Text = text },
        JsonElement json => FromJson(json),
        TextContent content => new() { Text = content.Text },
        IEnumerable<AIContent> contents => new() { Text = string.Join('\n', contents.Select(c => c is TextContent t ? t.Text : c.ToString())) },
        _ => FromJson(TrajectoryJson.ToElement(value)),
    };

    private static ToolResult FromJson(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => new() { Text = "" },
        JsonValueKind.String => new() { Text = json.GetString()! },
        JsonValueKind.Object when McpErrorText(json) is { } text => new() { Text = text, Json = json, IsError = true },
        JsonValueKind.Object when Reread(json) is { } result => result,
        _ => new() { Text = json.GetRawText(), Json = json },
    };

    /// <summary>A function that returns a <see cref="ToolResult"/> hands it over as JSON if a factory wrapped it.</summary>
    private static ToolResult? Reread(JsonElement json)
    {
        if (!json.TryGetProperty("isError", out var isError) || isError.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) return null;
        if (!json.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.String) return null;
        var inner = json.TryGetProperty("json", out var j) && j.ValueKind != JsonValueKind.Null ? j : (JsonElement?)null;
        return new() { Text = text.GetString()!, Json = inner, IsError = isError.GetBoolean() };
    }

    private static string? McpErrorText(JsonElement json)
    {
        if (!json.TryGetProperty("isError", out var isError) || isError.ValueKind != JsonValueKind.True) return null;
        if (!json.TryGetProperty("content", out var content) || content.ValueKind != JsonValueKind.Array) return null;
        var texts = content.EnumerateArray()
            .Where(c => c.ValueKind == JsonValueKind.Object && c.TryGetProperty("text", out var t) && t.ValueKind == JsonValueKind.String)
            .Select(c => c.GetProperty("text").GetString());
        return string.Join('\n', texts);
    }
}
