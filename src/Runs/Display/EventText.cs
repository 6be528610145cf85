namespace AgentTeams.Runs;

/// <summary>Events that are worth a line of their own, in words.</summary>
internal static class EventText
{
    /// <summary>The line, or null.</summary>
    public static string? Of(RunEvent e) => e switch
    {
        RunStarted { ResumedFrom: { } stage } started => $"{started.Plan} goes on at '{stage}' in {started.Folder}",
        RunStarted started => $"{started.Plan} begins in {started.Folder}",
        TeamEvaluated { IsRecalled: false } evaluated => $"{evaluated.Evaluation.Name}: {ProgressText.WithInterval(evaluated.Evaluation.Success)}",
        RunMessage message => message.IsWarning ? $"warning: {message.Text}" : message.Text,
        RunStopped stopped => $"Stopped in '{stopped.Stage}' after step {stopped.Step}; the run goes on when it is started again with the folder {stopped.Folder}",
        _ => null,
    };
}
