using Microsoft.Extensions.Logging;

namespace AgentTeams.Storage;

internal static partial class StoreLog
{
    [LoggerMessage(LogLevel.Warning, "The last line ({Line}) of '{Path}' was torn by an interrupted write; its {Bytes} bytes were cut off.")]
    public static partial void Torn(ILogger logger, string path, long line, long bytes);

    [LoggerMessage(LogLevel.Warning, "A value of type {Type} in trajectory '{Id}' cannot be written to '{Path}'. A placeholder names it there; everything "
        + "else is kept. Said once for each type.")]
    public static partial void Replaced(ILogger logger, string path, string id, Type type);

    [LoggerMessage(LogLevel.Warning, "Line {Line} of '{Path}' is skipped: {Reason}. It was left on disk.")]
    public static partial void Damaged(ILogger logger, string path, long line, string reason);
}
