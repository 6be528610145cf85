namespace AgentTeams.Samples.WordProblems;

/// <summary>The learning curves of the report.</summary>
internal static class ReportCurves
{
    private const string RewardPrefix = "rewards/";
    private const string MeanSuffix = "/mean";

    public static Html Draw(RunReport report)
    {
        Series Metric(string name, string metric) =>
            new(name, [.. report.Steps.Where(s => s.Metrics.ContainsKey(metric)).Select(s => ((double)s.Step, s.Metrics[metric]))]);
        var parts = report.Steps.SelectMany(s => s.Metrics.Keys).Distinct(StringComparer.Ordinal)
            .Where(m => m.StartsWith(RewardPrefix, StringComparison.Ordinal) && m.EndsWith(MeanSuffix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        Html[] charts =
        [
            LineChart.Draw("Reward by role", "RL step", [.. Prompts.Roles.Select(r => Metric(r, $"{r}/reward"))], smooth: true),
            LineChart.Draw("Rewards by kind", "RL step", [.. parts.Select(p => Metric(p[RewardPrefix.Length..^MeanSuffix.Length], p))], smooth: true),
            LineChart.Draw("Team reward", "RL step", [Metric("team", "reward")], smooth: true),
            LineChart.Draw("Supervised loss, nats per token", "epoch",
            [
                new("training", [.. report.SftEpochs.Select((e, i) => ((double)i, e.TrainLoss))]),
                new("validation", [.. report.SftEpochs.Select((e, i) => ((double)i, e.ValidationLoss ?? double.NaN))]),
            ], smooth: false),
        ];
        return Html.Of($"""
            <section>
            <h2>Learning curves</h2>
            <p class="note">Thin lines are single steps, thick lines their moving average.</p>
            <div class="charts">{Html.Join(charts)}</div>
            </section>
            """);
    }
}
