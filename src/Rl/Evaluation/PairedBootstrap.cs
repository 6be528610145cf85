namespace AgentTeams.Rl;

/// <summary>Whether one system is better than another on the same tasks.</summary>
/// <param name="MeanDifference">Mean of second minus first.</param>
/// <param name="Low">The lower end of the confidence interval of the difference.</param>
/// <param name="High">The upper end.</param>
/// <param name="PValue">Two-sided p-value of no difference, above 0 and at most 1.</param>
/// <param name="Pairs">How many tasks were compared.</param>
public sealed record PairedComparison(double MeanDifference, double Low, double High, double PValue, int Pairs);

/// <summary>
/// The paired bootstrap: tasks are resampled with replacement and both systems are compared on each resample (Efron and
/// Tibshirani 1993, percentile interval: section 13.3; achieved significance: chapter 15, with one added to count and resamples so
/// that the p-value is never 0: Davison and Hinkley 1997, section 4.2).
/// </summary>
public static class PairedBootstrap
{
    /// <summary>Compares two systems on the same tasks.</summary>
    /// <param name="first">The first system's score on each task; finite.</param>
    /// <param name="second">The second system's score on the same tasks in the same order; finite.</param>
    /// <param name="random">The source of resamples; equal seeds give equal results.</param>
    /// <param name="resamples">How many resamples; at least 1, 10,000 by default.</param>
    /// <param name="confidence">The interval's coverage, between 0 and 1; 0.95 by default.</param>
    /// <exception cref="AgentTeamsException">The numbers of tasks differ or are 0, a score is not finite, or an option is out of range.</exception>
    public static PairedComparison Compare(IReadOnlyList<double> first, IReadOnlyList<double> second, Random random, int resamples = 10_000,
        double confidence = 0.95)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(random);
        if (first.Count != second.Count || first.Count == 0)
            throw new AgentTeamsException($"There are {first.Count} first and {second.Count} second scores. Give both systems the same tasks, at least one.");
        if (resamples < 1) throw new AgentTeamsException($"The number of resamples is {resamples}. Give at least 1, usually 10000.");
        if (confidence is not (> 0 and < 1)) throw new AgentTeamsException($"The confidence is {confidence}. Give a value between 0 and 1, usually 0.95.");
        double[] differences = [.. first.Zip(second, (a, b) => b - a)];
        if (differences.FirstOrDefault(d => !double.IsFinite(d), 0) is var bad && !double.IsFinite(bad))
            throw new AgentTeamsException($"A difference of scores is {bad}. Scores must be finite.");

        var means = new double[resamples];
        for (var i = 0; i < resamples; i++)
        {
            double sum = 0;
            for (var j = 0; j < differences.Length; j++) sum += differences[random.Next(differences.Length)];
            means[i] = sum / differences.Length;
        }

        Array.Sort(means);
        var tail = (1 - confidence) / 2;
        double atMostZero = means.Count(m => m <= 0), atLeastZero = means.Count(m => m >= 0);
        var p = Math.Min(1, 2 * (Math.Min(atMostZero, atLeastZero) + 1) / (resamples + 1));
        return new(differences.Average(), Quantile(means, tail), Quantile(means, 1 - tail), p, differences.Length);
    }

    // Linear interpolation between order statistics (Hyndman and Fan 1996, definition 7).
    private static double Quantile(double[] sorted, double q)
    {
        var position = q * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }
}
