using Spectre.Console;

namespace AgentTeams.Samples.WordProblems;

/// <summary>The end of a run on the console: the before/after table, three runs of the team, and where the report is.</summary>
internal static class Summary
{
    public static void Write(IAnsiConsole console, RunReport report, string reportPath)
    {
        console.WriteLine();
        console.Write(Compare(report));
        foreach (var sample in SampleTrajectories.Choose(report.Before, report.After))
        {
            console.WriteLine();
            console.MarkupLineInterpolated($"[bold]{sample.Title}[/]  [grey]{sample.Problem.Id}[/]");
            console.WriteLine(Problem.Substitute(sample.Problem.Question, sample.Problem.Numbers));
            WriteRun(console, "before", sample.Before);
            WriteRun(console, "after", sample.After);
        }

        console.WriteLine();
        console.WriteLine("Report:");
        console.Profile.Out.Writer.WriteLine(reportPath);
    }

    private static Table Compare(RunReport report)
    {
        var table = new Table().RoundedBorder().BorderColor(Color.Grey);
        table.AddColumn("").AddColumn("before RL").AddColumn("after RL").AddColumn(new TableColumn("points").RightAligned());
        foreach (var row in Comparison.Of(report.Before, report.After))
            table.AddRow(new Text(row.Name), new Text(row.Before), new Text(row.After), new Text(row.Gain));
        return table.Caption($"{report.After.Success.Trials} held-out problems, greedy; 95 % Wilson intervals");
    }

    private static void WriteRun(IAnsiConsole console, string when, EvaluatedProblem run)
    {
        console.MarkupLine(run.IsRight ? $"  {when}: [green]right[/]" : $"  {when}: [red]wrong[/]");
        foreach (var round in DrawnRound.Of(run.Trajectory))
        {
            var steps = round.Steps.Select(s => $"[grey]{Markup.Escape(s.Name)}[/] {Colour(s)}");
            console.MarkupLine($"    {round.Number}. {string.Join(" [grey]>[/] ", steps)}");
        }
    }

    private static string Colour(RoundStep step)
    {
        var text = Markup.Escape(step.Text);
        return step.Kind switch
        {
            StepKind.Accepted => $"[green]{text}[/]",
            StepKind.Rejected or StepKind.Failed => $"[red]{text}[/]",
            _ => text,
        };
    }
}
