namespace AgentTeams.Rl;

/// <summary>
/// The clipped surrogate of PPO with the options of its successors. For a token of advantage A and ratio q = exp(log p - log p_behavior) it is
/// L = max(-A q, -A clip(q, 1 - ClipLow, 1 + ClipHigh)) (Schulman et al. 2017, equation 7; unequal bounds: DAPO, Yu et al. 2025,
/// section 3.1) and, for A below 0 and a DualClip c, L = min(L, -A c) (dual clip: Ye et al. 2020). <see cref="SurrogateLoss"/> adds divergence and entropy.
/// </summary>
/// <remarks>Metrics beside those of <see cref="SurrogateLoss"/>: <c>clip_ratio/dual_mean</c>.</remarks>
/// <example><code>new PolicyGradientLoss { ClipHigh = 0.28, KlCoefficient = 0.04, EntropyCoefficient = 0.01 }</code></example>
public sealed record PolicyGradientLoss : SurrogateLoss
{
    /// <summary>How far the ratio may fall below 1.</summary>
    /// <value>0 to 1; 0.2 by default.</value>
    public double ClipLow { get; init; } = 0.2;

    /// <summary>How far the ratio may rise above 1.</summary>
    /// <value>At least 0, infinity for no bound; 0.2 by default.</value>
    public double ClipHigh { get; init; } = 0.2;

    /// <summary>The largest ratio that counts against a token of negative advantage.</summary>
    /// <value>Above 1, usually 3; null for none, the default.</value>
    public double? DualClip { get; init; }

    private protected override string OwnMetric => "clip_ratio/dual_mean";

    private protected override void CheckOwn(OptionChecks checks) => checks
        .Within(0, 1, ClipLow)
        .Require(ClipHigh >= 0, ClipHigh, "a number of at least 0")
        .Require(DualClip is null or > 1, DualClip, "a number above 1, usually 3, or null");

    private protected override void Judge(SurrogateRow row)
    {
        foreach (var t in row.Tokens)
        {
            var (loss, derivative, bound) = ClippedRatio.Of(row.Ratio(t), row.Advantage(t), ClipLow, ClipHigh, DualClip);
            row.Count(bound, t);
            row.Set(t, loss, derivative);
        }
    }
}

/// <summary>The clipped surrogate of one ratio.</summary>
internal static class ClippedRatio
{
    // d ratio / d log p is the ratio itself; wherever a bound is what counts, the derivative is 0.
    public static (double Loss, double Derivative, Bound Bound) Of(double ratio, double advantage, double low, double high, double? dual = null)
    {
        if (advantage > 0 && ratio > 1 + high) return (-advantage * (1 + high), 0, Bound.High);
        if (advantage < 0 && ratio < 1 - low) return (-advantage * (1 - low), 0, Bound.Low);
        if (advantage < 0 && ratio > dual) return (-advantage * dual.Value, 0, Bound.Own);

        // Without this an infinite ratio would turn a token that teaches nothing into NaN.
        return advantage == 0 ? (0, 0, Bound.None) : (-advantage * ratio, -advantage * ratio, Bound.None);
    }
}
