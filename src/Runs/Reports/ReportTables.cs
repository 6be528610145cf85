using System.Globalization;

namespace AgentTeams.Runs;

/// <summary>The tables of the report. Each scrolls by itself where a page is too narrow for it.</summary>
internal static class ReportTables
{
    public static Html Evaluations(IReadOnlyList<EvaluationLine> evaluations)
    {
        if (evaluations.Count == 0) return default;
        (string Name, Func<EvaluationLine, string> Of)[] columns =
        [
            ("step", e => e.Evaluation.Name == e.Stage ? "" : $"{e.Step + 1}"),
            ("success", e => ProgressText.WithInterval(e.Evaluation.Success)),
            ("pass@k", e => AtK(e.Evaluation.PassAtK)),
            ("maj@k", e => AtK(e.Evaluation.MajorityAtK)),
            ("failed", e => e.Evaluation.Failed == 0 ? "" : $"{e.Evaluation.Failed}"),
            .. evaluations.SelectMany(e => e.Evaluation.Measures.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(m => (m, (Func<EvaluationLine, string>)(e => e.Evaluation.Measures.TryGetValue(m, out var value) && double.IsFinite(value) ? value.ToString("0.000", CultureInfo.InvariantCulture) : ""))),
        ];

        // What no evaluation has needs no column.
        var shown = columns.Where(c => evaluations.Any(e => c.Of(e).Length > 0)).ToList();
        return Html.Of($"""
            <section>
            <h2>Evaluations</h2>
            <p class="note">95&#160;% Wilson intervals in parentheses; pass@k is the unbiased estimate, maj@k takes the commonest outcome.</p>
            <div class="wide"><table>
            <thead><tr><th></th>{Html.Join(shown.Select(c => Html.Of($"<th>{c.Name}</th>")))}</tr></thead>
            <tbody>{Html.Join(evaluations.Select(e => Html.Of($"""<tr><th scope="row">{e.Evaluation.Name}</th>{Html.Join(shown.Select(c => Html.Of($"""<td class="nowrap">{c.Of(e)}</td>""")))}</tr>""")))}</tbody>
            </table></div>
            </section>
            """);
    }

    /// <summary>Changed forms of the team, each against the whole team on the same tasks.</summary>
    public static Html Ablations(IReadOnlyList<EvaluationLine> ablations, TeamEvaluation? whole) => ablations.Count == 0 ? default : Html.Of($"""
        <section>
        <h2>Ablations and sweeps</h2>
        <p class="note">The same tasks, done by a changed team{(whole is null ? default : Html.Of($"; points against “{whole.Name}” by the paired bootstrap with its 95&#160;% interval"))}.</p>
        <div class="wide"><table>
        <thead><tr><th></th><th>success</th><th>points</th></tr></thead>
        <tbody>{Html.Join(ablations.Select(a => Html.Of($"""<tr><th scope="row">{a.Evaluation.Name}</th><td class="nowrap">{ProgressText.WithInterval(a.Evaluation.Success)}</td><td class="nowrap">{Points(whole, a.Evaluation)}</td></tr>""")))}</tbody>
        </table></div>
        </section>
        """);

    /// <summary>The difference in points with its interval; empty where the tasks are not the same.</summary>
    public static string Points(TeamEvaluation? whole, TeamEvaluation made)
    {
        if (whole is null || !whole.Tasks.Select(t => t.TaskId).SequenceEqual(made.Tasks.Select(t => t.TaskId))) return "";
        var gain = whole.CompareTo(made, new SeedKey(0, "bootstrap").ToRandom());
        return string.Create(CultureInfo.InvariantCulture, $"{100 * gain.MeanDifference:+0.0;-0.0;0.0} ({100 * gain.Low:+0.0;-0.0;0.0} to {100 * gain.High:+0.0;-0.0;0.0})");
    }

    public static Html Usage(IReadOnlyList<EvaluationLine> evaluations)
    {
        var rows = evaluations.SelectMany(e => e.Evaluation.Roles.Select(r => (e.Evaluation, Role: r.Key, Used: r.Value))).ToList();
        return rows.Count == 0 ? default : Html.Of($"""
            <section>
            <h2>What each role used</h2>
            <div class="wide"><table>
            <thead><tr><th></th><th>role</th><th class="number">calls</th><th class="number">tokens read</th><th class="number">tokens written</th><th class="number">tools</th><th class="number">ms a call</th><th class="number">cost</th></tr></thead>
            <tbody>{Html.Join(rows.Select(r => Html.Of($"""<tr><th scope="row">{r.Evaluation.Name}</th><td>{r.Role}</td><td class="number">{r.Used.Calls}</td><td class="number">{r.Used.InputTokens}</td><td class="number">{r.Used.OutputTokens}</td><td class="number">{r.Used.ToolCalls}</td><td class="number">{r.Used.Latency.TotalMilliseconds:0.0}</td><td class="number">{(r.Used.Cost is { } cost ? cost.ToString("0.####", CultureInfo.InvariantCulture) : "")}</td></tr>""")))}</tbody>
            </table></div>
            </section>
            """);
    }

    public static Html Options(RunConfiguration configuration) => Html.Of($"""
        <section>
        <h2>Options</h2>
        <p class="note">All that decides the result, as <code>run.json</code> has it. {(configuration.CommandLine.Length > 0 ? Html.Of($"Command line: <code>{configuration.CommandLine}</code>") : default)}</p>
        {Html.Join(configuration.Stages.Select(s => Html.Of($"""
            <details><summary>{s.Name} <span class="muted">{s.Kind}</span></summary>
            <div class="wide"><table><tbody>{Html.Join(s.Options.Select(o => Html.Of($"""<tr><th scope="row">{o.Key}</th><td>{o.Value}</td></tr>""")))}</tbody></table></div></details>
            """)))}
        </section>
        """);

    private static string AtK(IReadOnlyDictionary<int, double> values) => string.Join(", ", values.Where(v => v.Key > 1).Select(v => $"{v.Key}: {ProgressText.Percent(v.Value)}"));
}
