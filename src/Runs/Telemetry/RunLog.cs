using Microsoft.Extensions.Logging;

namespace AgentTeams.Runs;

/// <summary>The events of a run as log entries of the category <c>AgentTeams.Runs</c>.</summary>
internal static partial class RunLog
{
    public static void Write(ILogger logger, RunEvent e)
    {
        switch (e)
        {
            case RunStarted started:
                Started(logger, started.Plan, started.Folder, started.ResumedFrom ?? "the beginning");
                break;
            case StageStarted started:
                StageStarted(logger, e.Stage, started.Kind, started.StepsDone, started.Steps);
                break;
            case StageStepped stepped:
                Stepped(logger, e.Stage, stepped.Step, stepped.Metrics);
                break;
            case TeamEvaluated { IsRecalled: false } evaluated:
                Evaluated(logger, evaluated.Evaluation.Name, evaluated.Evaluation.Success.Rate, evaluated.Evaluation.Success.Trials);
                break;
            case RunMessage { IsWarning: true } message:
                Warned(logger, e.Stage, message.Text);
                break;
            case RunMessage message:
                Told(logger, e.Stage, message.Text);
                break;
            case StageCompleted completed:
                StageCompleted(logger, e.Stage, completed.Duration);
                break;
            case RunStopped stopped:
                Stopped(logger, e.Stage, stopped.Step);
                break;
            case RunCompleted completed:
                Completed(logger, completed.Result.Folder, completed.Result.WeightsSha256);
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Plan} runs in {Folder} from {From}.")]
    private static partial void Started(ILogger logger, string plan, string folder, string from);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stage {Stage} ({Kind}) begins; {Done} of {Steps} steps are done.")]
    private static partial void StageStarted(ILogger logger, string stage, string kind, int done, int? steps);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Stage {Stage}, step {Step}: {Metrics}.")]
    private static partial void Stepped(ILogger logger, string stage, int step, IReadOnlyDictionary<string, double> metrics);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Evaluation}: success {Rate} of {Trials} runs.")]
    private static partial void Evaluated(ILogger logger, string evaluation, double rate, int trials);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stage {Stage}: {Text}")]
    private static partial void Warned(ILogger logger, string stage, string text);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stage {Stage}: {Text}")]
    private static partial void Told(ILogger logger, string stage, string text);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stage {Stage} has ended after {Duration}.")]
    private static partial void StageCompleted(ILogger logger, string stage, TimeSpan duration);

    [LoggerMessage(Level = LogLevel.Information, Message = "The run stops in {Stage} after {Steps} steps.")]
    private static partial void Stopped(ILogger logger, string stage, int steps);

    [LoggerMessage(Level = LogLevel.Information, Message = "The run in {Folder} is complete; its weights are {Sha256}.")]
    private static partial void Completed(ILogger logger, string folder, string sha256);
}
