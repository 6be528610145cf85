using Microsoft.Extensions.Logging;

namespace AgentTeams.Mcp;

internal static partial class McpServerLog
{
    [LoggerMessage(30, LogLevel.Error, "The run {RunId} of the tool {Tool} failed.")]
    public static partial void Failed(ILogger logger, string tool, string runId, Exception error);

    [LoggerMessage(31, LogLevel.Information, "The run {RunId} of the tool {Tool} waits for a person.")]
    public static partial void Waits(ILogger logger, string tool, string runId);

    [LoggerMessage(32, LogLevel.Warning, "A call of the tool {Tool} was refused: {Reason}")]
    public static partial void Refused(ILogger logger, string tool, string reason);

    [LoggerMessage(33, LogLevel.Debug, "Progress of the run {RunId} could not be told.")]
    public static partial void NotTold(ILogger logger, string runId, Exception error);

    [LoggerMessage(34, LogLevel.Warning, "The changes of {Uri} could not be followed. Who subscribed to it is told of no more, and has to subscribe anew.")]
    public static partial void NotFollowed(ILogger logger, string uri, Exception error);

    [LoggerMessage(35, LogLevel.Warning, "The answer to the request {Request} of the run {RunId} cannot be read; it is asked for again.")]
    public static partial void NoAnswer(ILogger logger, string runId, string request, Exception error);
}
