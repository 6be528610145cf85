namespace AgentTeams.Samples.WordProblems;

/// <summary>Sample runs drawn as graphs: a row of calls for each round, the way back of a retry between them.</summary>
internal static class TrajectoryGraphs
{
    public static Html Draw(RunReport report)
    {
        var samples = SampleTrajectories.Choose(report.Before, report.After);
        return samples.Count == 0 ? default : Html.Of($"""
            <section>
            <h2>Sample trajectories</h2>
            {Html.Join(samples.Select(Card))}
            </section>
            """);
    }

    private static Html Card(SampleTrajectory sample) => Html.Of($"""
        <article class="sample">
        <h3>{sample.Title}</h3>
        <p class="question">{Problem.Substitute(sample.Problem.Question, sample.Problem.Numbers)}</p>
        <p class="note">Answer <b>{sample.Problem.Answer}</b> = <code>{sample.Problem.Solution.ToInfix()}</code>, {sample.Problem.Id}</p>
        <div class="sides">{Side("Before RL", sample.Before)}{Side("After RL", sample.After)}</div>
        </article>
        """);

    private static Html Side(string title, EvaluatedProblem run)
    {
        var rounds = DrawnRound.Of(run.Trajectory);
        return Html.Of($"""
            <div class="side">
            <h4>{title} {(run.IsRight ? new Html("""<span class="badge good">right</span>""") : new Html("""<span class="badge bad">wrong</span>"""))}</h4>
            {Html.Join(rounds.Select((r, i) => Html.Of($"{(i > 0 ? s_retry : default)}{Round(r)}")))}
            </div>
            """);
    }

    private static readonly Html s_retry = new("""
        <div class="retry"><svg viewBox="0 0 100 22" preserveAspectRatio="none" aria-hidden="true"><path d="M87.5 0 V11 H12.5 V20"/></svg><span>retry</span></div>
        """);

    private static Html Round(DrawnRound round) => Html.Of($"""<ol class="round">{Html.Join(round.Steps.Select(Node))}</ol>""");

    private static Html Node(RoundStep step) =>
        Html.Of($"""<li class="{ClassOf(step.Kind)}"><span>{step.Name}</span><code>{(step.Text.Length > 0 ? step.Text : "(nothing)")}</code></li>""");

    private static string ClassOf(StepKind kind) => kind switch
    {
        StepKind.Calculator => "node tool",
        StepKind.Accepted => "node good",
        StepKind.Rejected or StepKind.Failed => "node bad",
        _ => "node",
    };
}
