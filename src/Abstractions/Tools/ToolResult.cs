using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>What a tool answered, whatever kind of tool it was.</summary>
public sealed record ToolResult
{
    /// <summary>
    /// The answer as text; JSON text where the tool answered with structured data only, and a line such as
    /// "[image/png, 512 bytes]" for each content where it answered with none that is text.
    /// </summary>
    public required string Text { get; init; }

    /// <summary>The answer as JSON, where it was structured or a number.</summary>
    public JsonElement? Json { get; init; }

    /// <summary>Whether the tool says what went wrong instead.</summary>
    public bool IsError { get; init; }

    /// <summary>
    /// Everything that the tool answered as contents, in order: texts, images, audio, resources and links to them. Empty for a tool
    /// that answered with a text or a value.
    /// </summary>
    public IReadOnlyList<AIContent> Contents { get; init; } = [];

    /// <summary>Reads whatever an <see cref="AIFunction"/> returned, a raw MCP result included.</summary>
    public static ToolResult From(object? value) => value switch
    {
        null => new() { Text = "" },
        ToolResult result => result,
        string text => new() { Text = text },
        JsonElement json => FromJson(json),
        TextContent { AdditionalProperties: null } content => new() { Text = content.Text },
        AIContent content => FromContents([content]),
        IEnumerable<AIContent> contents => FromContents([.. contents.Where(c => c is not null)]),
        _ => FromJson(TrajectoryJson.ToElement(value)),
    };

    /// <summary>The result whose contents and structured data are these.</summary>
    internal static ToolResult FromContents(IReadOnlyList<AIContent> contents, JsonElement? json = null, bool isError = false) => new()
    {
        Text = contents.OfType<TextContent>().Any() ? string.Join('\n', contents.OfType<TextContent>().Select(c => c.Text))
            : contents.Count == 0 && json is { } only ? only.GetRawText()
            : string.Join('\n', contents.Select(ContentText.Describe)),
        Json = json,
        IsError = isError,
        Contents = contents,
    };

    /// <summary>What a model is given as the call's result: a text or JSON where those say it all, else contents.</summary>
    internal object ForModel()
    {
        var rest = Json is { } json && Contents.Count > 0 && !IsSaidAsText(json) ? json.GetRawText() : null;
        if (Contents.All(c => c is TextContent))
        {
            if (IsError) return rest is null ? $"Error: {Text}" : $"Error: {Text}\n{rest}";
            return rest is not null ? $"{Text}\n{rest}" : Json is { } structured ? structured : Text;
        }

        List<AIContent> all = [.. Contents];
        if (rest is not null) all.Add(new TextContent(rest));
        if (IsError) all.Insert(0, new TextContent("Error:"));
        return all;
    }

    /// <summary>The form in which a trajectory holds the result, from which it reads back: text or JSON where those are all there is.</summary>
    internal JsonElement ForRecord(Func<object, JsonElement> write)
    {
        var isAll = Contents.All(c => c is TextContent { AdditionalProperties: null }) && (Json is not { } said || Contents.Count == 0 || IsSaidAsText(said));
        return !isAll ? write(this) : Json is { } json ? json : write(Text);
    }

    // Servers repeat structured data as text for clients that know no other.
    private bool IsSaidAsText(JsonElement json) => Contents is [TextContent only] && ContentText.Says(only.Text, json);

    private static ToolResult FromJson(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => new() { Text = "" },
        JsonValueKind.String => new() { Text = json.GetString()! },
        JsonValueKind.Object when McpResult.IsOne(json) => McpResult.Read(json),
        JsonValueKind.Object when Reread(json) is { } result => result,
        _ => new() { Text = json.GetRawText(), Json = json },
    };

    /// <summary>A function that returns a <see cref="ToolResult"/> hands it over as JSON if a factory wrapped it.</summary>
    private static ToolResult? Reread(JsonElement json)
    {
        if (!json.EnumerateObject().All(m => m.Name is "text" or "json" or "isError" or "contents")) return null;
        if (!json.TryGetProperty("isError", out var isError) || isError.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) return null;
        if (!json.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.String) return null;
        if (!json.TryGetProperty("contents", out var written) || written.ValueKind == JsonValueKind.Null) return Read([]);
        try
        {
            return written.Deserialize<List<AIContent>>(TrajectoryJson.Options) is { } contents && !contents.Contains(null!) ? Read(contents) : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException)
        {
            // Data that only looks like such a result.
            return null;
        }

        ToolResult Read(List<AIContent> contents) => new()
        {
            Text = text.GetString()!,
            Json = json.TryGetProperty("json", out var inner) && inner.ValueKind != JsonValueKind.Null ? inner : null,
            IsError = isError.GetBoolean(),
            Contents = contents,
        };
    }
}
