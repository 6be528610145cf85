using Microsoft.Extensions.Logging;

namespace AgentTeams;

internal static partial class StoreLog
{
    [LoggerMessage(LogLevel.Warning, "The last line ({Line}) of '{Path}' was torn by an interrupted write; its {Bytes} bytes were cut off.")]
    public static partial void Torn(ILogger logger, string path, long line, long bytes);

    [LoggerMessage(LogLevel.Warning, "Line {Line} of '{Path}' is skipped: {Reason}. It was left on disk.")]
    public static partial void Damaged(ILogger logger, string path, long line, string reason);
}
