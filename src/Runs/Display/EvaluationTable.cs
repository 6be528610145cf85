using System.Globalization;
using Spectre.Console;

namespace AgentTeams.Runs;

/// <summary>Evaluations in a terminal.</summary>
internal static class EvaluationTable
{
    public static Table Of(IEnumerable<TeamEvaluation> evaluations)
    {
        var table = new Table().RoundedBorder().BorderColor(Color.Grey).AddColumn("").AddColumn("success").AddColumn("95 % interval").AddColumn("runs");
        foreach (var made in evaluations)
        {
            var interval = made.Success.Interval;
            table.AddRow(Markup.Escape(made.Name), ProgressText.Percent(made.Success.Rate), $"{ProgressText.Percent(interval.Low)} to {ProgressText.Percent(interval.High)}",
                made.Success.Trials.ToString(CultureInfo.InvariantCulture));
        }

        return table;
    }
}
