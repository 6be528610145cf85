namespace AgentTeams.Rl;

/// <summary>
/// Leave-one-out advantages: r minus the mean of the group's other trajectories (RLOO: Kool, van Hoof and
/// Welling 2019; Ahmadian et al. 2024, Back to Basics). A sample's whole trajectory is left out, its other invocations included, because they
/// are not independent of it. Groups with a single trajectory or of equal values give exactly 0.
/// </summary>
public sealed record RlooAdvantage : IGroupAdvantage
{
    /// <inheritdoc/>
    public IReadOnlyList<double[]> Estimate(IReadOnlyList<SampleGroup> groups) => [.. groups.Select(g => Estimate(g.Samples))];

    private static double[] Estimate(IReadOnlyList<AdvantageSample> samples)
    {
        double[] values = [.. samples.Select(s => s.Value)];
        var all = Moments.Of(values);
        var own = samples.GroupBy(s => s.TrajectoryId, s => s.Value, StringComparer.Ordinal)
            .ToDictionary(t => t.Key, t => (Sum: Moments.Sum([.. t]), Count: t.Count()), StringComparer.Ordinal);
        if (own.Count < 2 || all.AllEqual) return new double[samples.Count];
        var sum = Moments.Sum(values);
        return [.. samples.Select(s => s.Value - (sum - own[s.TrajectoryId].Sum) / (samples.Count - own[s.TrajectoryId].Count))];
    }
}
