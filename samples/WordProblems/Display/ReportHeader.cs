namespace AgentTeams.Samples.WordProblems;

/// <summary>The head of the report: title, headline figures, configuration.</summary>
internal static class ReportHeader
{
    public static Html Draw(RunReport report)
    {
        var (before, after) = (report.Before.Success, report.After.Success);
        return Html.Of($"""
            <header>
            <p class="eyebrow">AgentTeams run report</p>
            <h1>{report.Title}</h1>
            <div class="headline">
            {Figure("Before RL", before)}
            {Figure("After RL", after)}
            {Figure("Single round, after RL", report.After.SingleRound)}
            <div class="figure gain"><span class="label">Gain</span><span class="value">{100 * (after.Rate - before.Rate):+0.0;-0.0;0.0}</span><span class="detail">points of success</span></div>
            </div>
            <dl class="configuration">{Html.Join(report.Configuration.Select(c => Html.Of($"<div><dt>{c.Name}</dt><dd>{c.Value}</dd></div>")))}</dl>
            </header>
            """);
    }

    // The bar spans 0 to 100 %; the band is the interval and the mark the rate.
    private static Html Figure(string label, SuccessRate rate)
    {
        var (low, high, mid) = (100 * rate.Interval.Low, 100 * rate.Interval.High, 100 * rate.Rate);
        return Html.Of($"""
            <div class="figure"><span class="label">{label}</span><span class="value">{mid:0.0}<small>%</small></span>
            <svg class="interval" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="95 % interval {low:0.0} to {high:0.0}">
            <rect class="track" x="0" y="3" width="100" height="2"/><rect class="band" x="{low:0.##}" y="1" width="{high - low:0.##}" height="6"/><rect class="mark" x="{Math.Max(0, mid - 0.4):0.##}" y="0" width="0.8" height="8"/></svg>
            <span class="detail">{low:0.0} to {high:0.0}, {rate.Successes} of {rate.Trials}</span></div>
            """);
    }
}
