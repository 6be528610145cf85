using System.CommandLine;

namespace AgentTeams.Cli;

/// <summary>Writes the report of a run anew.</summary>
internal static class ReportCommand
{
    public static Command Create(CommandContext context)
    {
        var folder = new Argument<string>("folder") { Description = "The run's folder." };
        var json = RunArguments.JsonOption();
        var report = new Command("report", "Writes report.html of a run, also of one that is going on.") { folder, json };
        report.SetAction(async (parsed, cancellationToken) =>
        {
            var run = RunFolder.Read(parsed.GetValue(folder)!);
            using var store = File.Exists(run.Trajectories) ? new SqliteTrajectoryStore(run.Trajectories) : null;
            await RunReport.WriteAsync(run, store, cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json)) context.WriteJson(new { Report = run.Report, Evaluations = run.Evaluations.Select(e => e.Evaluation), Result = run.ReadResult() });
            else await context.Output.Out.WriteLineAsync(run.Report).ConfigureAwait(false);
            return TeamCommandLine.Done;
        });
        return report;
    }
}

/// <summary>Compares runs.</summary>
internal static class CompareCommand
{
    public static Command Create(CommandContext context)
    {
        var folders = new Argument<string[]>("folders") { Description = "The runs' folders; the first is what the others are compared with.", Arity = new(2, 100) };
        var output = new Option<string>("--out") { Description = "The file.", DefaultValueFactory = _ => "comparison.html" };
        var json = RunArguments.JsonOption();
        var compare = new Command("compare", "Compares runs: evaluations, options that differ, learning curves.") { folders, output, json };
        compare.SetAction(parsed =>
        {
            List<RunFolder> runs = [.. parsed.GetValue(folders)!.Select(RunFolder.Read)];
            RunReport.WriteComparison(runs, parsed.GetValue(output)!);
            if (parsed.GetValue(json)) context.WriteJson(new { Report = Path.GetFullPath(parsed.GetValue(output)!), Runs = runs.Select(r => Of(r, runs[0])) });
            else context.Output.Out.WriteLine(Path.GetFullPath(parsed.GetValue(output)!));
            return TeamCommandLine.Done;
        });
        return compare;
    }

    private static object Of(RunFolder run, RunFolder first) => new
    {
        Folder = run.FullPath,
        Evaluations = run.Evaluations.Where(e => e.Evaluation.Name == e.Stage).Select(e => new { e.Evaluation.Name, e.Evaluation.Success.Rate, e.Evaluation.Success.Interval.Low, e.Evaluation.Success.Interval.High }),
        Differences = run.ReadConfiguration().DifferencesTo(first.ReadConfiguration()),
    };
}
