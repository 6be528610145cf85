namespace AgentTeams.Runs;

/// <summary>Runs plans for people.</summary>
public static class TrainingPlanRunner
{
    /// <summary>
    /// Carries a plan out, or goes on with it, shows how far it is, and writes the report. Ctrl-C stops the run behind its last whole step; the same call
    /// goes on from there.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="options">Where and how it is carried out; every value has a default.</param>
    /// <param name="display">How it is shown; every value has a default.</param>
    /// <param name="cancellationToken">Stops the run as Ctrl-C does.</param>
    /// <returns>What came out of it, or null if it was stopped before its end.</returns>
    /// <exception cref="AgentTeamsException">As <see cref="TrainingRun.OpenAsync"/>.</exception>
    /// <example><code>var result = await plan.RunAsync(new() { Folder = "runs/math" });</code></example>
    public static async Task<TrainingResult?> RunAsync(this TrainingPlan plan, TrainingRunOptions? options = null, RunDisplayOptions? display = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        (options, display) = (options ?? new(), display ?? new());
        var run = await TrainingRun.OpenAsync(plan, options, cancellationToken).ConfigureAwait(false);
        await using (run.ConfigureAwait(false))
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            ConsoleCancelEventHandler onCancel = (_, e) =>
            {
                // A second Ctrl-C ends the process.
                e.Cancel = !stop.IsCancellationRequested;
                stop.Cancel();
            };
            Console.CancelKeyPress += onCancel;
            try
            {
                var result = await ShowAsync(run, display, options.TimeProvider, stop.Token).ConfigureAwait(false);
                if (display.WriteReport) await RunReport.WriteAsync(run.Folder, run.Store, cancellationToken).ConfigureAwait(false);
                if (result is not null) Tell(display, result, run.Folder);
                return result;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                Line(display, $"Interrupted; the run goes on when it is started again with the folder {run.Folder.FullPath}");
                return null;
            }
            finally
            {
                Console.CancelKeyPress -= onCancel;
            }
        }
    }

    private static async Task<TrainingResult?> ShowAsync(TrainingRun run, RunDisplayOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var display = RunDisplays.Create(options, time);
        await using (display.ConfigureAwait(false))
        {
            TrainingResult? result = null;
            await foreach (var e in run.RunAsync(cancellationToken).ConfigureAwait(false))
            {
                display.Show(e);
                options.Progress?.Report(e);
                if (e is RunCompleted completed) result = completed.Result;
            }

            return result;
        }
    }

    private static void Tell(RunDisplayOptions display, TrainingResult result, RunFolder folder)
    {
        if (display.Output is RunOutput.None or RunOutput.Json) return;
        if (result.Evaluations.Length > 0) display.Console.Write(EvaluationTable.Of(result.Evaluations));
        if (display.WriteReport) Line(display, $"Report: {folder.Report}");
    }

    private static void Line(RunDisplayOptions display, string text)
    {
        if (display.Output is not (RunOutput.None or RunOutput.Json)) display.Console.Profile.Out.Writer.WriteLine(text);
    }
}
