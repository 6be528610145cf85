using Microsoft.Extensions.Logging;

namespace AgentTeams.Hosting;

internal static partial class EndpointLog
{
    [LoggerMessage(10, LogLevel.Error, "The run {RunId} that was asked for over HTTP failed.")]
    public static partial void Failed(ILogger logger, string runId, Exception error);

    [LoggerMessage(11, LogLevel.Information, "Nobody is connected to the run {RunId} any more; it is cancelled.")]
    public static partial void Left(ILogger logger, string runId);

    [LoggerMessage(12, LogLevel.Information, "Nobody is connected to the run {RunId} any more; it goes on.")]
    public static partial void GoesOn(ILogger logger, string runId);

    [LoggerMessage(13, LogLevel.Warning, "An answer to {RequestId} of the run {RunId} was refused.")]
    public static partial void Refused(ILogger logger, string runId, string requestId, Exception error);
}
