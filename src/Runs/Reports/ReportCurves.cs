namespace AgentTeams.Runs;

/// <summary>The learning curves of the report, stage by stage.</summary>
internal static class ReportCurves
{
    /// <summary>Charts of a reinforcement stage: its title, and which metrics it shows under which names.</summary>
    private static readonly (string Title, Func<string, string?> NameOf)[] Reinforcement =
    [
        ("Team reward", m => m == "reward" ? "team" : null),
        ("Reward by role", m => Between(m, "", "/reward")),
        ("Rewards by kind", m => Between(m, "rewards/", "/mean")),
        ("Groups without a difference", m => m == "frac_reward_zero_std" ? "share of groups" : null),
        ("Entropy, nats", m => Between(m, "", "/entropy")),
        ("Clipped tokens", m => m.Contains("/clip_ratio/", StringComparison.Ordinal) ? m.Replace("clip_ratio/", "", StringComparison.Ordinal) : null),
        ("Gradient norm", m => Between(m, "", "/grad_norm")),
        ("KL to the reference", m => Between(m, "", "/kl")),
        ("Drift of log-probabilities", m => m.Contains("/sampling", StringComparison.Ordinal) ? m : null),
        ("Length of replies, tokens", m => m.Contains("completions/", StringComparison.Ordinal) && m.Contains("mean_length", StringComparison.Ordinal) ? m : null),
        ("Replies cut off", m => m.Contains("clipped_ratio", StringComparison.Ordinal) && m.Contains("completions", StringComparison.Ordinal) ? m : null),
        ("Failed rollouts and refused updates", m => m switch { "rollouts/failed" => "rollouts", "updates/refused" => "updates", _ => null }),
    ];

    public static Html Draw(RunConfiguration configuration, IReadOnlyList<MetricsLine> metrics)
    {
        var stages = configuration.Stages.Select(s => (s.Name, Lines: metrics.Where(m => m.Stage == s.Name).ToList())).Where(s => s.Lines.Count > 1).ToList();
        return stages.Count == 0 ? default : Html.Of($"""
            <section>
            <h2>Learning curves</h2>
            <p class="note">Thin lines are single steps, thick lines their moving average.</p>
            {Html.Join(stages.Select(s => Html.Of($"""<h3>{s.Name}</h3><div class="charts">{Html.Join(Charts(s.Lines))}</div>""")))}
            </section>
            """);
    }

    /// <summary>The curves of one metric, one for each run.</summary>
    public static Html Over(string title, IEnumerable<(string Run, IEnumerable<MetricsLine> Lines)> runs, string metric) =>
        LineChart.Draw(title, "step", [.. runs.Select(r => new Series(r.Run, Points(r.Lines, metric)))], smooth: true);

    private static IEnumerable<Html> Charts(List<MetricsLine> lines)
    {
        if (lines[0].Metrics.ContainsKey("train_loss"))
        {
            yield return LineChart.Draw("Loss, nats per token", "epoch", [new("training", Points(lines, "train_loss")), new("validation", Points(lines, "eval_loss"))], smooth: false);
            yield break;
        }

        var names = lines.SelectMany(l => l.Metrics.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        foreach (var (title, nameOf) in Reinforcement)
        {
            var shown = names.Select(m => (Metric: m, Name: nameOf(m))).Where(m => m.Name is not null).Select(m => new Series(m.Name!, Points(lines, m.Metric))).ToList();
            // A curve that is nothing but 0 says that all is well, which needs no chart.
            if (shown.Exists(s => s.Points.Any(p => p.Y != 0))) yield return LineChart.Draw(title, "step", shown, smooth: true);
        }
    }

    private static List<(double X, double Y)> Points(IEnumerable<MetricsLine> lines, string metric) =>
        [.. lines.Where(l => l.Metrics.ContainsKey(metric)).Select(l => ((double)l.Step, l.Metrics[metric]))];

    private static string? Between(string metric, string start, string end) =>
        metric.Length > start.Length + end.Length && metric.StartsWith(start, StringComparison.Ordinal) && metric.EndsWith(end, StringComparison.Ordinal)
            && (start.Length > 0 || !metric.StartsWith("rewards/", StringComparison.Ordinal)) ? metric[start.Length..^end.Length] : null;
}
