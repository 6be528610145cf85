using System.Collections.Immutable;

namespace AgentTeams.Rl;

/// <summary>
/// The best non-decreasing map from scores to labels, by pooling adjacent violators (Ayer et al. 1955; for calibration: Zadrozny and Elkan 2002). It keeps the
/// judge's order and corrects everything else; a hundred labels or more keep it from following noise. Straight between its points, level outside.
/// </summary>
public sealed record IsotonicCalibration : IScoreCalibration
{
    /// <summary>The scores at which the map is known, ascending.</summary>
    public required ImmutableArray<double> Scores { get; init; }

    /// <summary>The values there, one for each, never descending.</summary>
    public required ImmutableArray<double> Values { get; init; }

    /// <summary>The non-decreasing map of least squared error.</summary>
    /// <param name="scores">What the judge said.</param>
    /// <param name="labels">What is true, one for each score.</param>
    /// <exception cref="AgentTeamsException">There are fewer than 2 pairs, the counts differ, or a number is not finite.</exception>
    public static IsotonicCalibration Fit(IReadOnlyList<double> scores, IReadOnlyList<double> labels)
    {
        LabelledScores.Check(scores, labels, least: 2);
        var points = scores.Zip(labels).GroupBy(p => p.First).OrderBy(g => g.Key).Select(g => (Score: g.Key, Label: Moments.Of([.. g.Select(p => p.Second)]).Mean, Weight: g.Count())).ToList();
        var blocks = new Stack<(double Mean, int Weight, int Points)>();
        foreach (var point in points)
        {
            var block = (Mean: point.Label, point.Weight, Points: 1);
            while (blocks.TryPeek(out var before) && before.Mean >= block.Mean)
            {
                blocks.Pop();
                var weight = before.Weight + block.Weight;
                block = (((before.Mean * before.Weight) + (block.Mean * block.Weight)) / weight, weight, before.Points + block.Points);
            }

            blocks.Push(block);
        }

        return new() { Scores = [.. points.Select(p => p.Score)], Values = [.. blocks.Reverse().SelectMany(b => Enumerable.Repeat(b.Mean, b.Points))] };
    }

    /// <inheritdoc/>
    public double Apply(double score)
    {
        if (Scores.Length == 0 || Scores.Length != Values.Length)
            throw new AgentTeamsException($"The calibration has {Scores.Length} scores and {Values.Length} values. Give as many, at least one.");
        if (!(score > Scores[0])) return Values[0];
        var above = 0;
        while (above < Scores.Length && Scores[above] < score) above++;
        if (above == Scores.Length) return Values[^1];
        var part = (score - Scores[above - 1]) / (Scores[above] - Scores[above - 1]);
        return Values[above - 1] + (part * (Values[above] - Values[above - 1]));
    }
}
