using Microsoft.Extensions.Logging;

namespace AgentTeams.Storage;

internal static partial class ImportLog
{
    [LoggerMessage(LogLevel.Warning, "Line {Line} of '{Path}' is not imported: {Reason}")]
    public static partial void Skipped(ILogger logger, long line, string path, string reason);
}
