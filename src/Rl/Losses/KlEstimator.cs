namespace AgentTeams.Rl;

/// <summary>
/// Single-sample estimators of KL(policy || reference), with d = log p - log p_ref (Schulman 2020, "Approximating KL divergence").
/// </summary>
public enum KlEstimator
{
    /// <summary>d. Unbiased as a value, but its gradient as a loss term has expectation zero: use it to watch, not to train.</summary>
    K1,

    /// <summary>d^2 / 2. Its gradient d is that of the KL divergence for tokens sampled from the policy.</summary>
    K2,

    /// <summary>e^-d + d - 1. Unbiased and never negative; the term of GRPO (Shao et al. 2024, equation 4).</summary>
    K3,

    /// <summary>|d|. Its gradient is the sign of d, so it pulls all tokens alike, however far they are (verl's "abs").</summary>
    Abs,
}

/// <summary>Values and derivatives of the estimators.</summary>
internal static class Kl
{
    /// <summary>The estimate and its derivative with respect to log p.</summary>
    public static (double Value, double Derivative) Of(KlEstimator estimator, double logProb, double reference)
    {
        var d = logProb - reference;
        return estimator switch
        {
            KlEstimator.K1 => (d, 1),
            KlEstimator.K2 => (d * d / 2, d),
            KlEstimator.Abs => (Math.Abs(d), Math.Sign(d)),
            _ => (Math.Exp(-d) + d - 1, 1 - Math.Exp(-d)),
        };
    }
}
