using System.Globalization;

namespace AgentTeams.Rl;

/// <summary>How far a judge and labels agree.</summary>
/// <param name="Count">On how many runs.</param>
/// <param name="Agreement">The part of the runs that both put into the same class, 0 to 1.</param>
/// <param name="Kappa">
/// Cohen's kappa, agreement beyond chance: (p_o - p_e) / (1 - p_e) with p_e from both one's frequencies of classes (Cohen 1960); 1 is perfect, 0 is chance.
/// Where both know a single class and p_e is 1, it is 1.
/// </param>
/// <param name="WeightedKappa">The same with quadratic weights, by which near misses count less (Cohen 1968); equal to <paramref name="Kappa"/> for two classes.</param>
/// <param name="Spearman">The rank correlation, the correlation of the ranks with ties at their mean (Spearman 1904), -1 to 1; 0 where either is constant.</param>
/// <param name="MeanError">The mean of score minus label: above 0 the judge is lenient.</param>
public sealed record JudgeAgreement(int Count, double Agreement, double Kappa, double WeightedKappa, double Spearman, double MeanError)
{
    /// <summary>Compares scores with labels.</summary>
    /// <param name="scores">What the judge said.</param>
    /// <param name="labels">What is true, one for each score.</param>
    /// <param name="bounds">What divides values into classes, ascending; a value equal to a bound belongs above it.</param>
    /// <exception cref="AgentTeamsException">There are no runs, the counts differ, or the bounds are none or not ascending.</exception>
    public static JudgeAgreement Of(IReadOnlyList<double> scores, IReadOnlyList<double> labels, IReadOnlyList<double> bounds)
    {
        ArgumentNullException.ThrowIfNull(bounds);
        LabelledScores.Check(scores, labels, least: 1);
        if (bounds.Count == 0 || bounds.Zip(bounds.Skip(1)).Any(b => !(b.First < b.Second)))
            throw new AgentTeamsException($"The bounds of classes are '{string.Join(", ", bounds)}'. Give at least one, ascending.");
        int Class(double value) => bounds.Count(b => value >= b);
        int[] judged = [.. scores.Select(Class)], truth = [.. labels.Select(Class)];
        var classes = bounds.Count + 1;
        return new(scores.Count, judged.Zip(truth).Count(p => p.First == p.Second) / (double)scores.Count, KappaOf(judged, truth, classes, (i, j) => i == j ? 0 : 1),
            KappaOf(judged, truth, classes, (i, j) => (i - j) * (i - j)), Ranks.Spearman([.. scores], [.. labels]), scores.Zip(labels).Average(p => p.First - p.Second));
    }

    /// <summary>All measures in one line for people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Count} runs: agreement {Agreement:0.000}, kappa {Kappa:0.000}, weighted {WeightedKappa:0.000}, Spearman {Spearman:0.000}, mean error {MeanError:0.000}");

    // Disagreement seen over disagreement expected from the margins, subtracted from 1: for weights 0 and 1 it is the formula above.
    private static double KappaOf(int[] judged, int[] labels, int classes, Func<int, int, double> weight)
    {
        var seen = judged.Zip(labels).Sum(p => weight(p.First, p.Second)) / judged.Length;
        double[] Frequencies(int[] of) => [.. Enumerable.Range(0, classes).Select(c => of.Count(o => o == c) / (double)of.Length)];
        double[] rows = Frequencies(judged), columns = Frequencies(labels);
        var expected = rows.SelectMany((r, i) => columns.Select((c, j) => r * c * weight(i, j))).Sum();
        return expected == 0 ? 1 : 1 - (seen / expected);
    }
}
