namespace AgentTeams.Rl;

/// <summary>
/// Advantage alignment for players of a game (Duque et al. 2025, equation 6): to its own advantage A1_t a player adds
/// beta gamma (sum over k &lt; t of gamma^(t-k) A1_k) A2_t, so that what a rational opponent will do in answer to good moves counts. With
/// <see cref="Beta"/> 0 it is the inner estimator.
/// </summary>
public sealed record AlignedAdvantage : IAdvantageEstimator, IChecked
{
    /// <summary>Estimates each player's own advantages.</summary>
    /// <value>A <see cref="GrpoAdvantage"/> by default.</value>
    public IAdvantageEstimator Inner { get; init; } = new GrpoAdvantage();

    /// <summary>How much the opponent's advantages count.</summary>
    /// <value>At least 0; 1 by default.</value>
    public double Beta { get; init; } = 1;

    /// <summary>The discount for each turn.</summary>
    /// <value>0 to 1; 0.9 by default.</value>
    public double Gamma { get; init; } = 0.9;

    /// <inheritdoc/>
    public AdvantageNeeds Needs => Inner.Needs;

    /// <inheritdoc/>
    public IReadOnlyList<TokenAdvantages> Estimate(AdvantageContext batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        OptionChecks.Validate(this);
        var own = Inner.Estimate(batch);
        var turns = Enumerable.Range(0, batch.Rows.Count)
            .GroupBy(i => (Trajectory: batch.Rows[i].Trajectory.Id, Role: batch.Rows[i].Node.Role ?? "", batch.Rows[i].Node.Turn))
            .ToDictionary(g => g.Key, g => g.Average(i => own[i].Advantages.Average()));
        var games = turns.Keys.GroupBy(k => k.Trajectory, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
        return [.. batch.Rows.Select((row, i) =>
        {
            var game = games[row.Trajectory.Id];
            var past = game.Where(k => k.Role == (row.Node.Role ?? "") && k.Turn < row.Node.Turn).Sum(k => Math.Pow(Gamma, row.Node.Turn - k.Turn) * turns[k]);
            var others = game.Where(k => k.Role != (row.Node.Role ?? "") && k.Turn == row.Node.Turn).Sum(k => turns[k]);
            var added = Beta * Gamma * past * others;
            return added == 0 ? own[i] : own[i] with { Advantages = [.. own[i].Advantages.Select(a => a + added)] };
        })];
    }

    void IChecked.Check(OptionChecks checks) => checks.Within(0, double.PositiveInfinity, Beta).Within(0, 1, Gamma).Part(Inner);
}
