using Microsoft.Extensions.Logging;

namespace AgentTeams.Workflows;

internal static partial class WorkflowLog
{
    [LoggerMessage(1, LogLevel.Warning, "The node {NodeId} is tried again after failure {Count}.")]
    public static partial void Retrying(ILogger logger, string nodeId, int count, Exception error);

    [LoggerMessage(2, LogLevel.Warning, "The node {NodeId} asks again after the invalid answer of attempt {Attempt}: {Problem}")]
    public static partial void Rejected(ILogger logger, string nodeId, int attempt, string problem);

    [LoggerMessage(3, LogLevel.Warning, "The node {NodeId} failed.")]
    public static partial void Failed(ILogger logger, string nodeId, Exception error);

    [LoggerMessage(5, LogLevel.Warning, "The role {Role} forgets its oldest exchanges: it keeps {Most} messages (Role.MaxRememberedMessages). Said once a run.")]
    public static partial void Forgotten(ILogger logger, string role, int most);

    [LoggerMessage(4, LogLevel.Warning, "A value of type {Type} cannot be recorded. A placeholder names it in the trajectory; the run goes on with the value. Said once for each type.")]
    public static partial void Replaced(ILogger logger, Type type);
}
