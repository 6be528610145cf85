namespace AgentTeams.Rl;

/// <summary>
/// Clipped importance-sampling policy optimisation: L = -A sg(clip(q, 1 - ClipLow, 1 + ClipHigh)) log p, where sg stops the gradient (CISPO: MiniMax-M1, Chen et al. 2025,
/// equations 4 and 5). The ratio is bounded as a weight, so no token falls silent as behind PPO's bounds.
/// </summary>
/// <remarks>
/// The gradient is not that of the value: the weight is held. Metrics are those of <see cref="SurrogateLoss"/>; a bound counts wherever it holds, whatever the sign of A.
/// </remarks>
public sealed record CispoLoss : SurrogateLoss
{
    /// <summary>How far the weight may fall below 1.</summary>
    /// <value>0 to 1; 1 by default: no bound, as published.</value>
    public double ClipLow { get; init; } = 1;

    /// <summary>How far the weight may rise above 1.</summary>
    /// <value>At least 0, infinity for no bound; 4 by default, a weight of at most 5 (ScaleRL: Khatri et al. 2025).</value>
    public double ClipHigh { get; init; } = 4;

    private protected override void CheckOwn(OptionChecks checks) => checks.Within(0, 1, ClipLow).Require(ClipHigh >= 0, ClipHigh, "a number of at least 0");

    private protected override void Judge(SurrogateRow row)
    {
        foreach (var t in row.Tokens)
        {
            var (ratio, advantage) = (row.Ratio(t), row.Advantage(t));
            if (advantage == 0) continue;
            row.Count(ratio > 1 + ClipHigh ? Bound.High : ratio < 1 - ClipLow ? Bound.Low : Bound.None, t);
            var pushed = -advantage * Math.Clamp(ratio, 1 - ClipLow, 1 + ClipHigh);
            row.Set(t, pushed * row.LogProb(t), pushed);
        }
    }
}
