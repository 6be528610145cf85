using System.Globalization;

namespace AgentTeams.Runs;

/// <summary>Progress in words and figures.</summary>
internal static class ProgressText
{
    /// <summary>Everything on one line.</summary>
    public static string Line(RunProgress progress) => string.Join("  ", new[] { $"[{Clock(progress.Elapsed)}] {progress.Stage} {Steps(progress)}" }.Concat(Rows(progress).Select(r => $"{r.Name} {r.Value}")));

    /// <summary>What there is to say of the stage, each with its name; what is not known is left out.</summary>
    public static IEnumerable<(string Name, string Value)> Rows(RunProgress progress)
    {
        if (progress.Loss.Training is { } loss) yield return ("loss", progress.Loss.Validation is { } validation ? $"{Number(loss)}, validation {Number(validation)}" : Number(loss));
        if (progress.RoleRewards.Count > 0) yield return ("reward", Join(progress.RoleRewards));
        if (progress.Rewards.Count > 1) yield return ("rewards", Join(progress.Rewards));
        if (progress.TrainingSuccess is { } success) yield return ("success", Percent(success));
        if (progress.LastEvaluation is { } evaluation) yield return ("tested", $"{WithInterval(evaluation.Success)} ({evaluation.Name})");
        if (progress.RolloutSpeed is { } rollout) yield return ("sampling", Speed(rollout));
        if (progress.TrainSpeed is { } train) yield return ("training", Speed(train));
        if (progress.Troubles.Failed > 0) yield return ("failed rollouts", progress.Troubles.Failed.ToString(CultureInfo.InvariantCulture));
        if (progress.Troubles.Refused > 0) yield return ("refused updates", progress.Troubles.Refused.ToString(CultureInfo.InvariantCulture));
        if (progress.Left is { } left) yield return ("left", Clock(left));
    }

    public static string Steps(RunProgress progress) =>
        progress.Steps is > 0 and var steps ? string.Create(CultureInfo.InvariantCulture, $"{progress.Step}/{steps}") : progress.Step.ToString(CultureInfo.InvariantCulture);

    /// <summary>A rate with its 95 % Wilson interval, in few enough characters for a narrow terminal.</summary>
    public static string WithInterval(SuccessRate rate) =>
        string.Create(CultureInfo.InvariantCulture, $"{Percent(rate.Rate)} ({100 * rate.Interval.Low:0.0} to {100 * rate.Interval.High:0.0})");

    public static string Percent(double share) => double.IsNaN(share) ? "none" : string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");

    public static string Clock(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}:{time.Seconds:00}");

    private static string Speed(double tokens) => string.Create(CultureInfo.InvariantCulture, $"{tokens:#,0} tokens/s");

    private static string Join(IReadOnlyDictionary<string, double> values) => string.Join(' ', values.Select(v => $"{v.Key} {Number(v.Value)}"));

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
