namespace AgentTeams.Rl;

/// <summary>
/// Geometric-mean policy optimisation: L = -A g with g = exp(mean over tokens of c_t), where c_t is the token's log-ratio log p - log p_behavior, held below ClipHigh where
/// A is above 0 and above -ClipLow where it is below 0 (GMPO: Zhao et al. 2025, equation 4). The geometric mean of the ratios moves less by single tokens than
/// their arithmetic mean. A is the mean of the row's advantages. Published with <see cref="LossAggregation.SequenceMeanTokenMean"/>.
/// </summary>
/// <remarks>Metrics are those of <see cref="SurrogateLoss"/>; bounds hold token by token.</remarks>
public sealed record GmpoLoss : SurrogateLoss
{
    /// <summary>How far a token's log-ratio may fall below 0.</summary>
    /// <value>At least 0, infinity for no bound; 0.4 by default, as published.</value>
    public double ClipLow { get; init; } = 0.4;

    /// <summary>How far a token's log-ratio may rise above 0.</summary>
    /// <value>At least 0, infinity for no bound; 0.4 by default, as published.</value>
    public double ClipHigh { get; init; } = 0.4;

    private protected override void CheckOwn(OptionChecks checks) => checks
        .Require(ClipLow >= 0, ClipLow, "a number of at least 0").Require(ClipHigh >= 0, ClipHigh, "a number of at least 0");

    private protected override void Judge(SurrogateRow row)
    {
        if (row.Tokens.Count == 0) return;
        var (advantage, logRatio, importance) = (0.0, 0.0, 0.0);
        foreach (var t in row.Tokens) advantage += row.Advantage(t) / row.Tokens.Count;
        if (advantage == 0) return;
        var free = new bool[row.Losses.Length];
        foreach (var t in row.Tokens)
        {
            var own = row.LogRatio(t);
            var bound = advantage > 0 && own > ClipHigh ? Bound.High : advantage < 0 && own < -ClipLow ? Bound.Low : Bound.None;
            logRatio += bound switch { Bound.High => ClipHigh, Bound.Low => -ClipLow, _ => own };
            free[t] = bound == Bound.None;
            row.Count(bound, t);
            importance += row.Weight(t) * row.Importance(t);
        }

        // Bounds hold whatever the sign of the mean's own advantage at a token, so the loss is one number for the row, spread over its tokens.
        var loss = -advantage * Math.Exp(logRatio / row.Tokens.Count);
        foreach (var t in row.Tokens)
        {
            row.Losses[t] = loss * row.Importance(t);
            row.Derivatives[t] = free[t] ? loss * importance / (row.Tokens.Count * row.Weight(t)) : 0;
        }
    }
}
