namespace AgentTeams.Rl;

/// <summary>How much of a shared policy's gradient each of its roles has, by the weighted size of its advantages.</summary>
internal static class RoleShares
{
    // A role of a few rows is not blown up beyond this.
    private const double MostScaling = 10;

    /// <summary>The share of each role, by its name; none where a policy has one role only.</summary>
    public static SortedDictionary<string, double> Of(IReadOnlyList<TrainingRow> rows, LossAggregation aggregation)
    {
        var shares = new SortedDictionary<string, double>(StringComparer.Ordinal);
        if (rows.DistinctBy(r => r.Role, StringComparer.Ordinal).Count() < 2) return shares;
        foreach (var row in aggregation.Weigh(rows)) shares[row.Role] = shares.GetValueOrDefault(row.Role) + SizeOf(row);
        var sum = shares.Values.Sum();
        foreach (var role in shares.Keys.ToList()) shares[role] = sum == 0 ? 0 : shares[role] / sum;
        return shares;
    }

    /// <summary>The rows with advantages scaled so that every role has the same share.</summary>
    public static List<TrainingRow> Balance(List<TrainingRow> rows, SortedDictionary<string, double> shares)
    {
        var heard = shares.Where(s => s.Value > 0).ToDictionary(s => s.Key, s => (float)Math.Min(MostScaling, 1 / (s.Value * shares.Count)), StringComparer.Ordinal);
        return rows.ConvertAll(row => heard.TryGetValue(row.Role, out var factor) ? row with { Advantages = [.. row.Advantages.Select(a => a * factor)] } : row);
    }

    private static double SizeOf(TrainingRow row)
    {
        var size = 0.0;
        for (var t = 0; t < row.Advantages.Length; t++) size += row.Weights[t] * (double)Math.Abs(row.Advantages[t]);
        return size;
    }
}
