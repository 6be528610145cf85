namespace AgentTeams.Rl;

/// <summary>
/// Normalises the rewards of each turn among those of the same turn, and adds up what comes from a turn on. <b>Biased where the policy decides how long a run lasts</b>: a run that goes
/// on is compared only with others that went on, so that going on earns nothing however well it pays (verl RFC 7244). It is here to be compared with;
/// <see cref="ReturnToGoCredit"/> with <see cref="RlooAdvantage"/> is the unbiased rule.
/// </summary>
public sealed record TurnNormalizedAdvantage : IAdvantageEstimator
{
    /// <inheritdoc/>
    public IReadOnlyList<TokenAdvantages> Estimate(AdvantageContext batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var rows = batch.Rows;
        var turns = Enumerable.Range(0, rows.Count).GroupBy(i => (rows[i].Trajectory.GroupId, rows[i].Node.Role, rows[i].Node.Turn)).Select(g => g.ToArray()).ToArray();
        var own = new double[rows.Count];
        var estimates = new GrpoAdvantage().Estimate([.. turns.Select(g => new SampleGroup("", [.. g.Select(i => new AdvantageSample(rows[i].Trajectory.Id, rows[i].Rewards.Sum()))]))]);
        for (var g = 0; g < turns.Length; g++)
        {
            for (var s = 0; s < turns[g].Length; s++) own[turns[g][s]] = estimates[g][s];
        }

        var runs = Enumerable.Range(0, rows.Count).GroupBy(i => (rows[i].Trajectory.Id, rows[i].Node.Role)).ToDictionary(g => g.Key, g => g.ToArray());
        return [.. rows.Select(r => TokenAdvantages.Same(runs[(r.Trajectory.Id, r.Node.Role)].Where(i => rows[i].Node.Turn >= r.Node.Turn).Sum(i => own[i]), r.TokenCount))];
    }
}
