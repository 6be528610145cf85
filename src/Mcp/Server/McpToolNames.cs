namespace AgentTeams.Mcp;

internal static class McpToolNames
{
    // Specification 2025-11-25, server/tools, tool names.
    public const int MaxLength = 128;

    public static bool IsValid(string name) => name.Length is > 0 and <= MaxLength && name.All(IsAllowed);

    /// <summary>The nearest valid name.</summary>
    public static string From(string name)
    {
        var valid = string.Concat(name.Select(c => IsAllowed(c) ? c : '_'));
        return valid.Length <= MaxLength ? valid : valid[..MaxLength];
    }

    private static bool IsAllowed(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.';
}
