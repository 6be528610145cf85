using System.Globalization;

namespace AgentTeams.Samples.WordProblems;

/// <summary>A whole run: supervised stage, reinforcement stage, evaluation before and after.</summary>
/// <param name="time">The clock.</param>
/// <param name="start">When the process began.</param>
internal sealed class WordProblemRun(TimeProvider time, DateTimeOffset start)
{
    public async Task<RunResult> RunAsync(RunServices run, RunControl control, CancellationToken cancellationToken)
    {
        var (options, problems) = (run.Options, run.Problems);
        var restored = control.Resume ? await run.Checkpoints.RestoreAsync<SortedDictionary<string, string>>(run.Models, cancellationToken) : null;
        if (restored is null)
        {
            await new SupervisedStage(run).RunAsync(cancellationToken);
            await run.Checkpoints.SaveAsync(0, run.Models, options.Configuration(), cancellationToken);
        }

        var stage = new ReinforcementStage(run);
        var before = restored is { Step: > 0 } ? await run.RecallEvaluationAsync(0, cancellationToken) : await EvaluatedAsync(run, "before", 0, cancellationToken);
        var complete = true;
        if (options.Control == "continue-sft") await new SupervisedStage(run).ContinueAsync(options.Steps * ReinforcementStage.OptionsFor(options).MiniBatches, cancellationToken);
        else complete = await stage.RunAsync(restored?.Step ?? 0, control, cancellationToken);
        var after = await EvaluatedAsync(run, "after", options.Control == "continue-sft" ? options.Steps : stage.StepsDone, cancellationToken);

        var report = await ReportAsync(run, before, after, cancellationToken);
        if (complete && control.Controls)
        {
            var controls = await ControlRuns.RunAsync(run, control, after.Success.Rate - before.Success.Rate, RunAsync, cancellationToken);
            report = report with { Figures = [.. report.Figures, .. controls] };
        }

        Report.Write(report, run.Folder.Report);
        if (complete) await run.Display.FinishedAsync(report, run.Folder.Report);
        else run.Display.Message($"Stopped after step {stage.StepsDone.ToString(CultureInfo.InvariantCulture)}; go on with --resume --out {run.Folder.FullPath}");
        return new RunResult
        {
            Problems = problems.Labelled.Count + problems.Unlabelled.Count,
            Labels = problems.Labelled.Count,
            Steps = stage.StepsDone,
            Seed = options.Seed,
            Mapping = options.Mapping,
            DroppedDuplicates = problems.DroppedDuplicates,
            ResumedFromStep = restored?.Step,
            Before = Interval.Of(before.Success),
            After = Interval.Of(after.Success),
            SingleRoundAfter = after.SingleRound.Rate,
            Seconds = (time.GetUtcNow() - start).TotalSeconds,
            RolloutTokensPerS = PerSecond(stage.RolloutTokens, stage.RolloutTime),
            TrainTokensPerS = PerSecond(stage.TrainedTokens, stage.UpdateTime),
            ToolCalls = run.Runner.ToolCalls,
            WeightsSha256 = await run.Models.WeightsHashAsync(cancellationToken),
        };
    }

    private static async Task<MeasuredTeam> EvaluatedAsync(RunServices run, string name, int step, CancellationToken cancellationToken)
    {
        var evaluation = await run.EvaluateAsync(step, cancellationToken);
        run.Display.Evaluated(name, evaluation);
        return evaluation;
    }

    private static async Task<RunReport> ReportAsync(RunServices run, MeasuredTeam before, MeasuredTeam after, CancellationToken cancellationToken)
    {
        var swapped = await Ablations.WithSwappedPlansAsync(run, after, cancellationToken);
        // The calculator's own count proves that no value came from elsewhere.
        var (recorded, served) = (run.Runner.ToolCalls, await run.ServedCallsAsync(cancellationToken));
        var gain = PairedBootstrap.Compare([.. before.Outcomes.Select(o => o.IsRight ? 1.0 : 0)], [.. after.Outcomes.Select(o => o.IsRight ? 1.0 : 0)],
            new SeedKey(run.Options.Seed, "bootstrap").ToRandom());
        return new RunReport
        {
            Title = "A team that learns word problems",
            Configuration = [.. run.Options.Configuration().Where(p => p.Value.Length > 0).Select(p => (p.Key, p.Value)), ("dropped duplicates", run.Problems.DroppedDuplicates.ToString(CultureInfo.InvariantCulture))],
            SftEpochs = [.. run.Folder.ReadMetrics().Where(m => m.Stage.StartsWith("sft", StringComparison.Ordinal)).Select((m, i) => SftMetrics.Read(m.Metrics, i))],
            Steps = [.. run.Folder.ReadMetrics().Where(m => m.Stage == "rl").Select(m => (m.Step, m.Metrics))],
            Before = before,
            After = after,
            Figures =
            [
                new("Gain", Comparison.Percent(gain.MeanDifference), $"paired bootstrap, 95 %: {Comparison.Percent(gain.Low)} to {Comparison.Percent(gain.High)}"),
                new("Always accept", Comparison.Percent(after.SingleRound.Rate), "success if the verifier accepted every first value"),
                new("Verifier, balanced accuracy", Comparison.Percent(after.Verifier.Balanced), "mean of accepted right and rejected wrong values; 50 % without looking"),
                new("Another problem's plan", Comparison.Percent(swapped.Success.Rate), "success if the coder is shown the plan of another problem"),
                new("Calculator calls", $"{recorded.ToString(CultureInfo.InvariantCulture)} recorded, {served.ToString(CultureInfo.InvariantCulture)} served", "in this process"),
            ],
        };
    }

    private static double PerSecond(double tokens, TimeSpan duration) => duration > TimeSpan.Zero ? tokens / duration.TotalSeconds : 0;
}
