using System.Text.Json;

namespace AgentTeams.Mcp;

/// <summary>What a server says of its tool's behaviour. It is a hint of the server's, and no promise: do not rely on that of a server that you do not trust.</summary>
public sealed record McpAnnotations
{
    /// <summary>A title for people, or null.</summary>
    public string? Title { get; init; }

    /// <summary>Whether the tool changes nothing.</summary>
    /// <value>False unless the server says so.</value>
    public bool IsReadOnly { get; init; }

    /// <summary>Whether the tool may destroy something and not only add to it.</summary>
    /// <value>True unless the server says otherwise or the tool changes nothing.</value>
    public bool IsDestructive { get; init; } = true;

    /// <summary>Whether a second call with the same arguments changes nothing more.</summary>
    /// <value>False unless the server says so.</value>
    public bool IsIdempotent { get; init; }

    /// <summary>Whether the tool reaches a world beyond the server's own, such as the web.</summary>
    /// <value>True unless the server says otherwise.</value>
    public bool IsOpenWorld { get; init; } = true;

    internal static McpAnnotations Of(JsonElement tool)
    {
        var given = tool.TryGetProperty("annotations", out var annotations) && annotations.ValueKind == JsonValueKind.Object ? annotations : default;
        var isReadOnly = Hint(given, "readOnlyHint", false);
        return new()
        {
            Title = Text(tool, "title") ?? Text(given, "title"),
            IsReadOnly = isReadOnly,
            IsDestructive = Hint(given, "destructiveHint", !isReadOnly),
            IsIdempotent = Hint(given, "idempotentHint", false),
            IsOpenWorld = Hint(given, "openWorldHint", true),
        };
    }

    internal Dictionary<string, object?> ToProperties() => new(StringComparer.Ordinal)
    {
        ["title"] = Title, ["readOnlyHint"] = IsReadOnly, ["destructiveHint"] = IsDestructive, ["idempotentHint"] = IsIdempotent, ["openWorldHint"] = IsOpenWorld,
    };

    private static bool Hint(JsonElement given, string name, bool otherwise) =>
        given.ValueKind == JsonValueKind.Object && given.TryGetProperty(name, out var hint) && hint.ValueKind is (JsonValueKind.True or JsonValueKind.False) ? hint.GetBoolean() : otherwise;

    private static string? Text(JsonElement given, string name) =>
        given.ValueKind == JsonValueKind.Object && given.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
