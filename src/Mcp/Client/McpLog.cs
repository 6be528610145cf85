using Microsoft.Extensions.Logging;

namespace AgentTeams.Mcp;

internal static partial class McpLog
{
    public const string Category = "AgentTeams.Mcp";

    [LoggerMessage(1, LogLevel.Warning, "The tool '{Tool}' of the MCP server '{Server}' is skipped: {Reason}.")]
    public static partial void Skipped(ILogger logger, string server, string tool, string reason);

    [LoggerMessage(2, LogLevel.Information, "The tools of the MCP server '{Server}' changed; it has {Count} now.")]
    public static partial void Changed(ILogger logger, string server, int count);

    [LoggerMessage(3, LogLevel.Warning, "The MCP server '{Server}' said that its tools changed, but they could not be listed. The old list stays.")]
    public static partial void NotRefreshed(ILogger logger, string server, Exception error);

    [LoggerMessage(4, LogLevel.Warning, "The MCP server '{Server}' could not be connected to again ({Restart} of {MaxRestarts} in a row); the next attempt follows in {Delay}.")]
    public static partial void Reconnecting(ILogger logger, string server, int restart, int maxRestarts, TimeSpan delay, Exception? error);

    [LoggerMessage(5, LogLevel.Warning, "The MCP server '{Server}' did not answer when it was asked whether it is there. The next call connects to it anew.")]
    public static partial void NoAnswer(ILogger logger, string server, Exception error);

    [LoggerMessage(6, LogLevel.Warning, "A call of the tool '{Tool}' of the MCP server '{Server}' was refused: {Reason}")]
    public static partial void Refused(ILogger logger, string server, string tool, string reason);

    [LoggerMessage(7, LogLevel.Information, "The MCP server '{Server}' is connected and speaks {Protocol}. Capabilities that it is not told of, and tools that need them may be missing: {Undeclared}.")]
    public static partial void Connected(ILogger logger, string server, string protocol, string undeclared);

    [LoggerMessage(8, LogLevel.Warning, "Results of the tool '{Tool}' of the MCP server '{Server}' are not validated: {Reason}")]
    public static partial void Unvalidated(ILogger logger, string server, string tool, string reason);

    [LoggerMessage(9, LogLevel.Warning, "The MCP server '{Server}' asked '{Method}', which is answered with no: {Reason}")]
    public static partial void NotAnswered(ILogger logger, string server, string method, string reason);

    [LoggerMessage(10, LogLevel.Warning, "The MCP server '{Server}' was connected to again, but the subscription to '{Uri}' could not be made again.")]
    public static partial void NotResubscribed(ILogger logger, string server, string uri, Exception error);

    [LoggerMessage(EventId = 11, Message = "{Message}")]
    public static partial void Said(ILogger logger, LogLevel level, string message);

    [LoggerMessage(12, LogLevel.Warning, "The subscription to '{Uri}' of the MCP server '{Server}' ended; changes are heard of again once the server is connected to anew.")]
    public static partial void SubscriptionEnded(ILogger logger, string server, string uri, Exception? error);
}
