namespace AgentTeams.Runs;

/// <summary>The tables of the report. Each scrolls by itself where a page is too narrow for it.</summary>
internal static class ReportTables
{
    public static Html Evaluations(IReadOnlyList<EvaluationLine> evaluations)
    {
        if (evaluations.Count == 0) return default;
        var measures = evaluations.SelectMany(e => e.Evaluation.Measures.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return Html.Of($"""
            <section>
            <h2>Evaluations</h2>
            <p class="note">95&#160;% Wilson intervals in parentheses; pass@k is the unbiased estimate, maj@k takes the commonest outcome.</p>
            <div class="wide"><table>
            <thead><tr><th></th><th class="number">step</th><th>success</th><th>pass@k</th><th>maj@k</th><th class="number">failed</th>{Html.Join(measures.Select(m => Html.Of($"""<th class="number">{m}</th>""")))}</tr></thead>
            <tbody>{Html.Join(evaluations.Select(e => Row(e, measures)))}</tbody>
            </table></div>
            </section>
            """);
    }

    public static Html Usage(IReadOnlyList<EvaluationLine> evaluations)
    {
        var rows = evaluations.SelectMany(e => e.Evaluation.Roles.Select(r => (e.Evaluation, Role: r.Key, Used: r.Value))).ToList();
        return rows.Count == 0 ? default : Html.Of($"""
            <section>
            <h2>What each role used</h2>
            <div class="wide"><table>
            <thead><tr><th></th><th>role</th><th class="number">calls</th><th class="number">tokens read</th><th class="number">tokens written</th><th class="number">tools</th><th class="number">ms a call</th><th class="number">cost</th></tr></thead>
            <tbody>{Html.Join(rows.Select(r => Html.Of($"""<tr><th scope="row">{r.Evaluation.Name}</th><td>{r.Role}</td><td class="number">{r.Used.Calls}</td><td class="number">{r.Used.InputTokens}</td><td class="number">{r.Used.OutputTokens}</td><td class="number">{r.Used.ToolCalls}</td><td class="number">{r.Used.Latency.TotalMilliseconds:0.0}</td><td class="number">{(r.Used.Cost is { } cost ? cost.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture) : "")}</td></tr>""")))}</tbody>
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

    private static Html Row(EvaluationLine line, IReadOnlyList<string> measures)
    {
        var made = line.Evaluation;
        return Html.Of($"""
            <tr><th scope="row">{made.Name}</th><td class="number">{(made.Name == line.Stage ? "" : (line.Step + 1).ToString(System.Globalization.CultureInfo.InvariantCulture))}</td><td>{ProgressText.WithInterval(made.Success)}</td>
            <td>{AtK(made.PassAtK)}</td><td>{AtK(made.MajorityAtK)}</td><td class="number">{made.Failed}</td>{Html.Join(measures.Select(m => Html.Of($"""<td class="number">{(made.Measures.TryGetValue(m, out var value) && double.IsFinite(value) ? value.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture) : "")}</td>""")))}</tr>
            """);
    }

    private static string AtK(IReadOnlyDictionary<int, double> values) => string.Join(", ", values.Where(v => v.Key > 1).Select(v => $"{v.Key}: {ProgressText.Percent(v.Value)}"));
}
