using Microsoft.Extensions.Logging;

namespace AgentTeams.Storage;

internal static partial class RecorderLog
{
    [LoggerMessage(LogLevel.Warning, "{Count} records were dropped: {Reason}. The application is not affected.")]
    public static partial void Dropped(ILogger logger, long count, DropReason reason, Exception? exception);

    [LoggerMessage(LogLevel.Warning, "The store of recorded runs fails; the records wait and are written when it works again.")]
    public static partial void StoreFails(ILogger logger, Exception exception);

    [LoggerMessage(LogLevel.Information, "The store of recorded runs works again.")]
    public static partial void StoreWorks(ILogger logger);
}
