namespace AgentTeams.Runs;

/// <summary>Two or more runs side by side.</summary>
internal static class ReportComparison
{
    public static Html Draw(IReadOnlyList<RunFolder> runs)
    {
        var named = runs.Select(r => (Name: Path.GetFileName(r.FullPath.TrimEnd(Path.DirectorySeparatorChar)), Run: r)).ToList();
        var evaluations = named.SelectMany(r => r.Run.Evaluations.Where(e => e.Evaluation.Name == e.Stage).Select(e => e.Stage)).Distinct(StringComparer.Ordinal).ToList();
        var first = named[0].Run.ReadConfiguration();
        return Html.Of($"""
            <header><p class="eyebrow">AgentTeams comparison of runs</p><h1>{string.Join(", ", named.Select(r => r.Name))}</h1></header>
            <section><h2>Evaluations</h2>
            <div class="wide"><table>
            <thead><tr><th></th>{Html.Join(named.Select(r => Html.Of($"<th>{r.Name}</th>")))}</tr></thead>
            <tbody>{Html.Join(evaluations.Select(e => Html.Of($"""<tr><th scope="row">{e}</th>{Html.Join(named.Select(r => Cell(r.Run, named[0].Run, e)))}</tr>""")))}</tbody>
            </table></div>
            <p class="note">Points against the first run by the paired bootstrap with its 95&#160;% interval, where the tasks are the same.</p></section>
            <section><h2>Options that differ</h2>
            {Html.Join(named.Skip(1).Select(r => Html.Of($"<h3>{r.Name} against {named[0].Name}</h3><ul>{Html.Join(Differences(r.Run.ReadConfiguration(), first))}</ul>")))}</section>
            <section><h2>Learning curves</h2><div class="charts">{Html.Join(Charts(named))}</div></section>
            """);
    }

    private static IEnumerable<Html> Differences(RunConfiguration run, RunConfiguration first)
    {
        var differences = run.DifferencesTo(first).ToList();
        return differences.Count == 0 ? [Html.Of($"<li>none</li>")] : differences.Select(d => Html.Of($"<li>{d}</li>"));
    }

    private static IEnumerable<Html> Charts(IReadOnlyList<(string Name, RunFolder Run)> runs)
    {
        foreach (var stage in runs.SelectMany(r => r.Run.Metrics.Select(m => m.Stage)).Distinct(StringComparer.Ordinal))
        {
            var metric = runs.Any(r => r.Run.Metrics.Any(m => m.Stage == stage && m.Metrics.ContainsKey("reward"))) ? "reward" : "train_loss";
            yield return ReportCurves.Over($"{stage}: {metric}", runs.Select(r => (r.Name, r.Run.Metrics.Where(m => m.Stage == stage))), metric);
        }
    }

    private static Html Cell(RunFolder run, RunFolder first, string stage)
    {
        if (run.Evaluations.LastOrDefault(e => e.Stage == stage && e.Evaluation.Name == stage)?.Evaluation is not { } made) return Html.Of($"<td></td>");
        var other = ReferenceEquals(run, first) ? null : first.Evaluations.LastOrDefault(e => e.Stage == stage && e.Evaluation.Name == stage)?.Evaluation;
        return Html.Of($"<td>{ProgressText.WithInterval(made.Success)}<br><span class=\"muted\">{ReportTables.Points(other, made)}</span></td>");
    }
}
