using Microsoft.Extensions.Logging;

namespace AgentTeams.Workflows;

internal static partial class WorkflowLog
{
    public const string Category = "AgentTeams.Workflow";

    public static void Started(ILogger logger, string workflow, RunContext run, int recorded)
    {
        if (!logger.IsEnabled(LogLevel.Debug)) return;
        if (recorded == 0) Began(logger, run.Id, workflow);
        else Resumed(logger, run.Id, workflow, recorded);
    }

    public static void Ended(ILogger logger, string workflow, RunContext? context, EndKind kind, Exception? error)
    {
        // The id of a run without a store is a hash, which is not worth its cost where nobody reads it.
        if (!logger.IsEnabled(kind == EndKind.Failed ? LogLevel.Warning : kind == EndKind.Waiting ? LogLevel.Information : LogLevel.Debug)) return;
        var run = context?.Id;
        switch (kind)
        {
            case EndKind.Completed:
                Completed(logger, run, workflow);
                break;
            case EndKind.Waiting:
                Waits(logger, run, workflow);
                break;
            case EndKind.Failed:
                RunFailed(logger, run, workflow, error?.GetType());
                break;
            default:
                Cancelled(logger, run, workflow);
                break;
        }
    }

    [LoggerMessage(10, LogLevel.Debug, "The run {RunId} of the workflow {Workflow} begins.")]
    private static partial void Began(ILogger logger, string runId, string workflow);

    [LoggerMessage(11, LogLevel.Debug, "The run {RunId} of the workflow {Workflow} goes on after {Records} records of its journal.")]
    private static partial void Resumed(ILogger logger, string runId, string workflow, int records);

    [LoggerMessage(12, LogLevel.Debug, "The run {RunId} of the workflow {Workflow} is complete.")]
    private static partial void Completed(ILogger logger, string? runId, string workflow);

    [LoggerMessage(13, LogLevel.Information, "The run {RunId} of the workflow {Workflow} waits for an answer.")]
    private static partial void Waits(ILogger logger, string? runId, string workflow);

    [LoggerMessage(14, LogLevel.Warning, "The run {RunId} of the workflow {Workflow} failed with {Error}.")]
    private static partial void RunFailed(ILogger logger, string? runId, string workflow, Type? error);

    [LoggerMessage(15, LogLevel.Debug, "The run {RunId} of the workflow {Workflow} was cancelled.")]
    private static partial void Cancelled(ILogger logger, string? runId, string workflow);

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
