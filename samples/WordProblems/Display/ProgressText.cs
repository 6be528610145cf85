using System.Globalization;

namespace AgentTeams.Samples.WordProblems;

/// <summary>Progress in words and figures.</summary>
internal static class ProgressText
{
    private const string Unknown = "-";

    /// <summary>Everything on one line.</summary>
    public static string Line(RunProgress progress) => string.Join("  ", Parts(progress));

    public static string Steps(RunProgress progress) => progress.Steps > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{progress.Step}/{progress.Steps}")
        : progress.Step.ToString(CultureInfo.InvariantCulture);

    public static string Rewards(RunProgress progress) => progress.Rewards.Count == 0
        ? Unknown
        : string.Join("   ", progress.Rewards.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Key} {r.Value:0.000}")));

    public static string Losses(RunProgress progress) => progress.Loss is ({ } training, var validation)
        ? string.Create(CultureInfo.InvariantCulture, $"training {training:0.000}   validation {Number(validation)}")
        : Unknown;

    public static string Success(RunProgress progress)
    {
        var training = progress.TrainingSuccess is { } smooth ? Comparison.Percent(smooth) : Unknown;
        var tested = progress.LastEvaluation is var (name, evaluation) ? $"{Comparison.WithInterval(evaluation.Success)} {name}" : Unknown;
        return $"training {training}   test {tested}";
    }

    public static string Speed(RunProgress progress) =>
        progress.TokensPerSecond is { } speed ? string.Create(CultureInfo.InvariantCulture, $"{speed:#,0} tokens/s") : Unknown;

    public static string Clock(TimeSpan? time) =>
        time is { } t ? string.Create(CultureInfo.InvariantCulture, $"{(int)t.TotalMinutes}:{t.Seconds:00}") : Unknown;

    private static IEnumerable<string> Parts(RunProgress progress)
    {
        yield return $"[{Clock(progress.Elapsed)}] {progress.Stage} {Steps(progress)}";
        if (progress.Loss.Training is not null) yield return $"loss {Losses(progress)}";
        if (progress.Rewards.Count > 0) yield return $"reward {Rewards(progress)}";
        if (progress.TrainingSuccess is { } success) yield return $"success {Comparison.Percent(success)}";
        if (progress.TokensPerSecond is not null) yield return Speed(progress);
        if (progress.Left is not null) yield return $"{Clock(progress.Left)} left";
    }

    private static string Number(double? value) => value is { } v ? v.ToString("0.000", CultureInfo.InvariantCulture) : Unknown;
}
