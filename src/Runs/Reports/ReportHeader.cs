using System.Globalization;

namespace AgentTeams.Runs;

/// <summary>The head of the report: title, headline figures, what was run.</summary>
internal static class ReportHeader
{
    public static Html Draw(RunConfiguration configuration, RunFolder folder)
    {
        var made = folder.Evaluations.Where(e => e.Evaluation.Name == e.Stage).Select(e => e.Evaluation).ToList();
        return Html.Of($"""
            <header>
            <p class="eyebrow">AgentTeams run report</p>
            <h1>{configuration.Name}</h1>
            <div class="headline">{Html.Join(made.Select(Figure))}{(made.Count > 1 ? Gain(made[0], made[^1], configuration.Seed) : default)}</div>
            <dl class="configuration">{Html.Join(Facts(configuration, folder).Select(c => Html.Of($"<div><dt>{c.Name}</dt><dd>{c.Value}</dd></div>")))}</dl>
            </header>
            """);
    }

    private static IEnumerable<(string Name, string Value)> Facts(RunConfiguration configuration, RunFolder folder)
    {
        yield return ("began", configuration.Began.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture));
        yield return ("seed", configuration.Seed.ToString(CultureInfo.InvariantCulture));
        foreach (var (name, value) in configuration.Settings.Where(s => s.Value.Length > 0 && s.Key != "seed")) yield return (name, value);
        yield return ("stages", string.Join(", ", configuration.Stages.Select(s => s.Name)));
        if (folder.ReadResult() is { } result)
        {
            yield return ("duration", ProgressText.Clock(result.Duration));
            yield return ("weights", result.WeightsSha256[..16]);
            if (result.ResumedFrom is { } stage) yield return ("resumed at", stage);
        }

        foreach (var (name, value) in configuration.Versions) yield return (name, value);
        yield return ("trajectories", Path.GetFileName(folder.Trajectories));
    }

    // The bar spans 0 to 100 %; the band is the interval and the mark the rate.
    private static Html Figure(TeamEvaluation made)
    {
        var rate = made.Success;
        var (low, high, mid) = (100 * rate.Interval.Low, 100 * rate.Interval.High, 100 * rate.Rate);
        return Html.Of($"""
            <div class="figure"><span class="label">{made.Name}</span><span class="value">{mid:0.0}<small>%</small></span>
            <svg class="interval" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="95 % interval {low:0.0} to {high:0.0}">
            <rect class="track" x="0" y="3" width="100" height="2"/><rect class="band" x="{low:0.##}" y="1" width="{high - low:0.##}" height="6"/>
            <rect class="mark" x="{Math.Max(0, mid - 0.4):0.##}" y="0" width="0.8" height="8"/></svg>
            <span class="detail">{low:0.0} to {high:0.0}, {rate.Successes} of {rate.Trials}</span></div>
            """);
    }

    private static Html Gain(TeamEvaluation first, TeamEvaluation last, long seed)
    {
        if (!first.Tasks.Select(t => t.TaskId).SequenceEqual(last.Tasks.Select(t => t.TaskId))) return default;
        var gain = first.CompareTo(last, new SeedKey(seed, "bootstrap").ToRandom());
        return Html.Of($"""
            <div class="figure gain"><span class="label">{last.Name} against {first.Name}</span><span class="value">{100 * gain.MeanDifference:+0.0;-0.0;0.0}</span>
            <span class="detail">points, paired bootstrap, 95 %: {100 * gain.Low:+0.0;-0.0;0.0} to {100 * gain.High:+0.0;-0.0;0.0}</span></div>
            """);
    }
}
