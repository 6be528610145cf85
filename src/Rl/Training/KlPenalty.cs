namespace AgentTeams.Rl;

/// <summary>
/// A penalty for leaving the reference, as a part of the reward: r_t - coefficient (log p - log p_ref) at each token (Ziegler et al. 2019, equation 2). With a
/// <see cref="Target"/> the coefficient adapts: it is multiplied by 1 + clip(kl / target - 1, -0.2, 0.2) n / horizon after each step of n runs (section 2.2); n counts as the horizon at most, so that a coefficient never changes its sign.
/// </summary>
public sealed record KlPenalty : IChecked
{
    /// <summary>The factor, at the beginning where it adapts.</summary>
    /// <value>Positive; 0.1 by default.</value>
    public double Coefficient { get; init; } = 0.1;

    /// <summary>The divergence, in nats a token, that an adaptive coefficient steers to.</summary>
    /// <value>Positive; null by default: the coefficient stays as it is.</value>
    public double? Target { get; init; }

    /// <summary>Over how many runs the coefficient adapts.</summary>
    /// <value>Positive; 10,000 by default.</value>
    public double Horizon { get; init; } = 10_000;

    /// <summary>The coefficient after a step.</summary>
    /// <param name="coefficient">The coefficient of the step.</param>
    /// <param name="kl">The step's divergence, in nats a token.</param>
    /// <param name="runs">The step's runs.</param>
    public double Next(double coefficient, double kl, int runs) =>
        Target is { } target ? coefficient * (1 + Math.Clamp(kl / target - 1, -0.2, 0.2) * Math.Min(1, runs / Horizon)) : coefficient;

    void IChecked.Check(OptionChecks checks) => checks.Positive(Coefficient).Positive(Target).Positive(Horizon);
}
