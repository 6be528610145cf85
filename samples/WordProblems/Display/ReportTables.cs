namespace AgentTeams.Samples.WordProblems;

/// <summary>The tables of the report.</summary>
internal static class ReportTables
{
    public static Html Draw(RunReport report) => Html.Of($"""
        <section>
        <h2>Before and after</h2>
        <p class="note">Greedy team on {report.After.Success.Trials} held-out problems; 95&#160;% Wilson intervals in parentheses. A single round is what a verifier that always accepts would give.</p>
        <table>
        <thead><tr><th></th><th>before RL</th><th>after RL</th><th class="number">points</th></tr></thead>
        <tbody>{Html.Join(Comparison.Of(report.Before, report.After).Select(Row))}</tbody>
        </table>
        </section>
        {Figures(report.Figures)}
        """);

    private static Html Row(ComparisonRow row) =>
        Html.Of($"""<tr><th scope="row">{row.Name}</th><td>{row.Before}</td><td>{row.After}</td><td class="number">{row.Gain}</td></tr>""");

    private static Html Figures(IReadOnlyList<ReportFigure> figures) => figures.Count == 0 ? default : Html.Of($"""
        <section>
        <h2>Ablations and controls</h2>
        <table>
        <thead><tr><th></th><th class="number">value</th><th>how to read it</th></tr></thead>
        <tbody>{Html.Join(figures.Select(f => Html.Of($"""<tr><th scope="row">{f.Name}</th><td class="number">{f.Value}</td><td class="muted">{f.Note}</td></tr>""")))}</tbody>
        </table>
        </section>
        """);
}
