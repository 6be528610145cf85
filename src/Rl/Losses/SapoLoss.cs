namespace AgentTeams.Rl;

/// <summary>
/// Soft adaptive policy optimisation: instead of a bound, a gate that closes smoothly on both sides of q = 1: L = -A (4 / tau) sigmoid(tau (q - 1)), with a tau of its own for
/// negative advantages (SAPO: Gao et al. 2025, equations 5 to 7). At q = 1 the gradient is that of the ratio.
/// </summary>
/// <remarks>Metrics are those of <see cref="SurrogateLoss"/>; nothing is ever clipped.</remarks>
public sealed record SapoLoss : SurrogateLoss
{
    /// <summary>How steeply the gate closes where the advantage is above 0.</summary>
    /// <value>Positive; 1 by default, as published.</value>
    public double TauPositive { get; init; } = 1;

    /// <summary>How steeply the gate closes where the advantage is not above 0; larger, since pushing tokens down raises many others.</summary>
    /// <value>Positive; 1.05 by default, as published.</value>
    public double TauNegative { get; init; } = 1.05;

    private protected override void CheckOwn(OptionChecks checks) => checks.Positive(TauPositive).Positive(TauNegative);

    private protected override void Judge(SurrogateRow row)
    {
        foreach (var t in row.Tokens)
        {
            var (ratio, advantage) = (row.Ratio(t), row.Advantage(t));
            if (advantage == 0) continue;
            var tau = advantage > 0 ? TauPositive : TauNegative;
            var open = 1 / (1 + Math.Exp(-tau * (ratio - 1)));
            // Behind a gate that is wholly closed an infinite ratio pushes nothing.
            var slope = open == 1 ? 0 : 4 * open * (1 - open) * ratio;
            row.Set(t, -advantage * open * 4 / tau, -advantage * slope);
        }
    }
}
