namespace AgentTeams.Rl;

/// <summary>
/// A line, <see cref="Offset"/> + <see cref="Slope"/> times the score: corrects a judge that is lenient, or that uses a part of its scale. Two numbers, so a few
/// dozen labels are enough.
/// </summary>
/// <param name="Offset">What a score of 0 becomes.</param>
/// <param name="Slope">What a step of 1 becomes; below 0 the judge contradicts the labels and should not be used.</param>
public sealed record AffineCalibration(double Offset, double Slope) : IScoreCalibration
{
    /// <summary>The line of least squares; level at the labels' mean where all scores are equal.</summary>
    /// <param name="scores">What the judge said.</param>
    /// <param name="labels">What is true, one for each score.</param>
    /// <exception cref="AgentTeamsException">There are fewer than 2 pairs, the counts differ, or a number is not finite.</exception>
    public static AffineCalibration Fit(IReadOnlyList<double> scores, IReadOnlyList<double> labels)
    {
        LabelledScores.Check(scores, labels, least: 2);
        var x = Moments.Of([.. scores]);
        var meanY = Moments.Of([.. labels]).Mean;
        if (x.SquaredDeviations == 0) return new(meanY, 0);
        var slope = scores.Zip(labels).Sum(p => (p.First - x.Mean) * (p.Second - meanY)) / x.SquaredDeviations;
        return new(meanY - (slope * x.Mean), slope);
    }

    /// <inheritdoc/>
    public double Apply(double score) => Offset + (Slope * score);
}
