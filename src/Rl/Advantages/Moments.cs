namespace AgentTeams.Rl;

/// <summary>Count, mean and squared deviations of values, the same to the last bit for every order of the values.</summary>
internal readonly record struct Moments(int Count, double Mean, double SquaredDeviations, bool AllEqual)
{
    public static Moments Of(double[] values)
    {
        if (values.Length == 0) return new(0, 0, 0, true);
        double[] sorted = [.. values.Order()];
        // Equal values are recognised before rounding in the mean can make them differ from it.
        if (sorted[0] == sorted[^1]) return new(sorted.Length, sorted[0], 0, true);
        var mean = SumSorted(sorted) / sorted.Length;
        for (var i = 0; i < sorted.Length; i++) sorted[i] = (sorted[i] - mean) * (sorted[i] - mean);
        return new(sorted.Length, mean, SumSorted(sorted), false);
    }

    public static double Sum(double[] values) => SumSorted([.. values.Order()]);

    /// <summary>0 where fewer than two values leave nothing to estimate.</summary>
    public double Std(VarianceDivisor kind) => Count < 2 ? 0 : Math.Sqrt(SquaredDeviations / (kind == VarianceDivisor.Unbiased ? Count - 1 : Count));

    private static double SumSorted(double[] sorted)
    {
        double sum = 0;
        foreach (var value in sorted) sum += value;
        return sum;
    }
}
