namespace AgentTeams.Rl;

/// <summary>Token advantages of mean 0 and variance 1 over each pool of a batch.</summary>
internal static class Whitening
{
    // verl's masked_whiten: unbiased variance, and this under the root.
    private const double Floor = 1e-8;

    /// <param name="rows">The rows; those of one role are whitened together where the group key tells roles apart.</param>
    /// <param name="advantages">The advantages of their tokens.</param>
    /// <param name="returns">What a critic is to learn, by row; empty for nothing.</param>
    public static IReadOnlyList<TokenAdvantages> OfTokens(IReadOnlyList<AdvantageRow> rows, IReadOnlyList<double[]> advantages, IReadOnlyList<double[]> returns)
    {
        // Roles never share statistics: a role of long answers or large rewards would set the scale of all others.
        var pools = Enumerable.Range(0, rows.Count).GroupBy(i => rows[i].Node.Role ?? "", StringComparer.Ordinal)
            .ToDictionary(p => p.Key, p => Moments.Of([.. p.SelectMany(i => advantages[i])]), StringComparer.Ordinal);
        return [.. rows.Select((row, i) =>
        {
            var pool = pools[row.Node.Role ?? ""];
            var divisor = Math.Sqrt(Math.Pow(pool.Std(VarianceDivisor.Unbiased), 2) + Floor);
            return new TokenAdvantages([.. advantages[i].Select(a => pool.AllEqual ? 0 : (a - pool.Mean) / divisor)], returns.Count == 0 ? [] : returns[i]);
        })];
    }
}
