using Microsoft.Extensions.Logging;

namespace AgentTeams.Mcp;

internal static partial class McpLog
{
    [LoggerMessage(1, LogLevel.Warning, "The tool '{Tool}' of the MCP server '{Server}' is skipped: {Reason}.")]
    public static partial void Skipped(ILogger logger, string server, string tool, string reason);

    [LoggerMessage(2, LogLevel.Information, "The tools of the MCP server '{Server}' changed; it has {Count} now.")]
    public static partial void Changed(ILogger logger, string server, int count);

    [LoggerMessage(3, LogLevel.Warning, "The MCP server '{Server}' said that its tools changed, but they could not be listed. The old list stays.")]
    public static partial void NotRefreshed(ILogger logger, string server, Exception error);
}
