using System.Globalization;
using System.Text.Json;

namespace AgentTeams.Runs;

/// <summary>Sample runs drawn as graphs: a row of calls for each turn, with what was asked, the probability of each token, and the rewards.</summary>
internal static class TrajectoryGraphs
{
    public static Html Draw(IReadOnlyList<SampleTrajectory> samples) => samples.Count == 0 ? default : Html.Of($"""
        <section>
        <h2>Sample trajectories</h2>
        <p class="note">A row is a turn. The bars below a reply are its tokens, the darker the likelier; open a call to read what was asked.</p>
        {Html.Join(samples.Select(Card))}
        </section>
        """);

    private static Html Card(SampleTrajectory sample) => Html.Of($"""
        <article class="sample">
        <h3>{sample.Title}</h3>
        <p class="note">{sample.TaskId}</p>
        <div class="sides">{Html.Join(sample.Runs.Select(r => Side(r.Evaluation, r.IsRight, r.Run)))}</div>
        </article>
        """);

    private static Html Side(string title, bool isRight, Trajectory run) => Html.Of($"""
        <div class="side">
        <h4>{title} {(isRight ? new Html("""<span class="badge good">right</span>""") : new Html("""<span class="badge bad">wrong</span>"""))}</h4>
        {Html.Join(run.Nodes.Where(n => n.Kind is NodeKind.Role or NodeKind.Tool or NodeKind.Human or NodeKind.Environment && !n.Discarded).GroupBy(n => n.Turn).OrderBy(g => g.Key)
            .Select(turn => Html.Of($"""<ol class="round">{Html.Join(turn.Select(Node))}</ol>""")))}
        <p class="note">outcome <code>{run.Outcome}</code>{Html.Join(run.Rewards.Select(r => Html.Of($"; {r.Name} {r.Value:0.###}")))}</p>
        </div>
        """);

    private static Html Node(TrajectoryNode node) => Html.Of($"""
        <li class="{(node.Error is not null ? "node bad" : node.Kind == NodeKind.Tool ? "node tool" : "node")}"><span>{node.Name}</span>
        {(node.Input.IsEmpty ? Html.Of($"<code>{TextOf(node)}</code>") : Html.Of($"""<details><summary><code>{TextOf(node)}</code></summary>{Html.Join(node.Input.Select(m => Html.Of($"<p><b>{m.Role.Value}</b> {m.Text}</p>")))}</details>"""))}
        {(node.Tokens is { } trace ? Html.Of($"""<div class="tokens">{Html.Join(trace.CompletionIds.Zip(trace.LogProbs, Token))}</div>""") : default)}</li>
        """);

    private static Html Token(int id, float logProb)
    {
        var probability = Math.Exp(logProb);
        return Html.Of($"""<i style="opacity:{0.15 + (0.85 * probability):0.##}" title="token {id}, probability {probability:0.###}"></i>""");
    }

    private static string TextOf(TrajectoryNode node)
    {
        var text = node.Error?.Message ?? (node.Kind == NodeKind.Role ? node.Text : node.Result is { ValueKind: JsonValueKind.String } said ? said.GetString() : node.Result?.GetRawText());
        return string.IsNullOrEmpty(text) ? "(nothing)" : text.Length <= 400 ? text : string.Create(CultureInfo.InvariantCulture, $"{text[..400]}... ({text.Length} characters)");
    }
}
