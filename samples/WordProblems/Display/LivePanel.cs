using Spectre.Console;
using Spectre.Console.Rendering;

namespace AgentTeams.Samples.WordProblems;

/// <summary>Draws the progress of a run as a panel of fixed height.</summary>
internal static class LivePanel
{
    private const int BarWidth = 30;

    public static IRenderable Of(RunProgress progress)
    {
        var rows = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
        void Row(string name, string value) => rows.AddRow(new Markup($"[grey]{name}[/]"), new Markup(value));
        Row("stage", $"[bold]{Markup.Escape(progress.Stage)}[/]");
        Row("step", $"{Bar(progress)} {ProgressText.Steps(progress)}");
        Row("loss", ProgressText.Losses(progress));
        Row("reward", ProgressText.Rewards(progress));
        Row("success", Markup.Escape(ProgressText.Success(progress)));
        Row("speed", ProgressText.Speed(progress));
        Row("time", $"{ProgressText.Clock(progress.Elapsed)} elapsed   {ProgressText.Clock(progress.Left)} left in this stage");
        return new Panel(rows).Header(" AgentTeams ").RoundedBorder().BorderColor(Color.Grey);
    }

    private static string Bar(RunProgress progress)
    {
        var done = progress.Steps > 0 ? Math.Clamp(progress.Step * BarWidth / progress.Steps, 0, BarWidth) : 0;
        return $"[teal]{new string('━', done)}[/][grey]{new string('─', BarWidth - done)}[/]";
    }
}
