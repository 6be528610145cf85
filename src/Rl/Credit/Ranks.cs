namespace AgentTeams.Rl;

/// <summary>Agreement of rankings.</summary>
internal static class Ranks
{
    /// <summary>Spearman's correlation with average ranks for ties; 0 where one side does not vary.</summary>
    public static double Spearman(double[] x, double[] y)
    {
        var (a, b) = (Of(x), Of(y));
        var (ma, mb) = (a.Average(), b.Average());
        var covariance = a.Zip(b, (p, q) => (p - ma) * (q - mb)).Sum();
        var variance = a.Sum(p => (p - ma) * (p - ma)) * b.Sum(q => (q - mb) * (q - mb));
        return variance == 0 ? 0 : covariance / Math.Sqrt(variance);
    }

    /// <summary>sum of gain / log2(position + 1) in the order of scores, over its largest value; 0 where there is no gain.</summary>
    public static double Ndcg(double[] scores, double[] gains)
    {
        var ideal = Discounted(gains.OrderDescending());
        return ideal == 0 ? 0 : Discounted(gains.Zip(scores).OrderByDescending(p => p.Second).Select(p => p.First)) / ideal;
    }

    private static double Discounted(IEnumerable<double> gains) => gains.Select((g, i) => g / Math.Log2(i + 2)).Sum();

    private static double[] Of(double[] values) => [.. values.Select(v => values.Count(o => o < v) + (values.Count(o => o == v) + 1) / 2.0)];
}
