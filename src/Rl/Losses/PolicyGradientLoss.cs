namespace AgentTeams.Rl;

/// <summary>
/// The clipped surrogate of PPO with the options of its successors. For a token of weight w, advantage A and ratio
/// q = exp(log p - log p_behavior) it is w (L + KlCoefficient kl - EntropyCoefficient H) with
/// L = max(-A q, -A clip(q, 1 - ClipLow, 1 + ClipHigh)) (Schulman et al. 2017, equation 7; unequal bounds: DAPO, Yu et al. 2025,
/// section 3.1) and, for A below 0 and a DualClip c, L = min(L, -A c) (dual clip: Ye et al. 2020).
/// <see cref="TrainingRow.ImportanceWeights"/> multiply L alone. A row without recorded log-probabilities counts as on-policy: q has the value 1 and
/// the gradient of log p.
/// </summary>
/// <remarks>
/// Metrics, all weighted sums: <c>clip_ratio/low_mean</c> (q under the lower bound at A below 0), <c>clip_ratio/high_mean</c> (q over
/// the upper bound at A above 0), <c>clip_ratio/region_mean</c> (their sum), <c>clip_ratio/dual_mean</c>, <c>kl</c> where a reference is
/// recorded, <c>entropy</c>, and <c>weight</c>, the sum of weights: divide by it for weighted means. Tokens of weight 0 are not read at all.
/// </remarks>
/// <example><code>new PolicyGradientLoss { ClipHigh = 0.28, KlCoefficient = 0.04, EntropyCoefficient = 0.01 }</code></example>
public sealed record PolicyGradientLoss : ITokenLoss, IChecked
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

    /// <summary>Which estimate of the divergence from the reference is used.</summary>
    /// <value><see cref="KlEstimator.K3"/> by default.</value>
    public KlEstimator KlEstimator { get; init; } = KlEstimator.K3;

    /// <summary>
    /// The factor of the divergence from the reference in the loss. Other values than 0 need <see cref="TrainingRow.ReferenceLogProbs"/>, which
    /// trainers add.
    /// </summary>
    /// <value>Finite; 0 by default.</value>
    public double KlCoefficient { get; init; }

    /// <summary>The factor of the entropy, which is subtracted from the loss.</summary>
    /// <value>Finite; 0 by default.</value>
    public double EntropyCoefficient { get; init; }

    /// <inheritdoc/>
    public LossNeeds Needs => (KlCoefficient != 0 ? LossNeeds.Reference | LossNeeds.ZeroAdvantageRows : 0) | (EntropyCoefficient != 0 ? LossNeeds.ZeroAdvantageRows : 0);

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">A row lacks advantages or needed reference log-probabilities, or their number is wrong.</exception>
    public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
    {
        OptionChecks.Validate(this);
        var sums = new Sums();
        for (var i = 0; i < rows.Count; i++) AddRow(rows[i], scores[i], gradients[i], sums);
        return new(sums.Loss, sums.ToMetrics());
    }

    void IChecked.Check(OptionChecks checks) => checks
        .Within(0, 1, ClipLow)
        .Require(ClipHigh >= 0, ClipHigh, "a number of at least 0")
        .Require(DualClip is null or > 1, DualClip, "a number above 1, usually 3, or null")
        .Require(double.IsFinite(KlCoefficient), KlCoefficient, "a finite number")
        .Require(double.IsFinite(EntropyCoefficient), EntropyCoefficient, "a finite number");

    private void AddRow(TrainingRow row, TokenScores scores, TokenGradient gradient, Sums sums)
    {
        var logProbs = RowShape.Scores(row, scores.LogProbs);
        var advantages = RowShape.Required(row, row.Advantages, "advantages", "a policy gradient needs one for each");
        var behavior = RowShape.Optional(row, row.BehaviorLogProbs, "behaviour log-probabilities");
        var importance = RowShape.Optional(row, row.ImportanceWeights, "importance weights");
        var reference = RowShape.Optional(row, row.ReferenceLogProbs, "reference log-probabilities");
        if (KlCoefficient != 0)
            reference = RowShape.Required(row, reference, "reference log-probabilities", "the KL coefficient is not 0, so score the row with a reference");
        for (var t = 0; t < logProbs.Length; t++)
        {
            double weight = RowShape.Weight(row, t);
            if (weight == 0) continue;
            var ratio = behavior.Length == 0 ? 1 : Math.Exp((double)logProbs[t] - behavior[t]);
            var (loss, derivative) = Surrogate(ratio, advantages[t], weight, sums);
            if (importance.Length > 0) (loss, derivative) = (loss * importance[t], derivative * importance[t]);
            if (reference.Length > 0)
            {
                var (kl, slope) = Kl.Of(KlEstimator, logProbs[t], reference[t]);
                sums.Kl = (sums.Kl ?? 0) + weight * kl;
                if (KlCoefficient != 0)
                {
                    loss += KlCoefficient * kl;
                    derivative += KlCoefficient * slope;
                }
            }

            sums.Loss += weight * (loss - EntropyCoefficient * scores.Entropies[t]);
            sums.Entropy += weight * scores.Entropies[t];
            sums.Weight += weight;
            gradient.LogProbs[t] += (float)(weight * derivative);
            if (EntropyCoefficient != 0) gradient.Entropies[t] -= (float)(weight * EntropyCoefficient);
        }
    }

    // d ratio / d log p is the ratio itself; wherever a bound is what counts, the derivative is 0.
    private (double Loss, double Derivative) Surrogate(double ratio, double advantage, double weight, Sums sums)
    {
        if (advantage > 0 && ratio > 1 + ClipHigh)
        {
            sums.High += weight;
            return (-advantage * (1 + ClipHigh), 0);
        }

        if (advantage < 0 && ratio < 1 - ClipLow)
        {
            sums.Low += weight;
            return (-advantage * (1 - ClipLow), 0);
        }

        if (advantage < 0 && ratio > DualClip)
        {
            sums.Dual += weight;
            return (-advantage * DualClip.Value, 0);
        }

        // Without this an infinite ratio would turn a token that teaches nothing into NaN.
        return advantage == 0 ? (0, 0) : (-advantage * ratio, -advantage * ratio);
    }

    private sealed class Sums
    {
        public double Loss, Entropy, Weight, Low, High, Dual;
        public double? Kl;

        public Dictionary<string, double> ToMetrics()
        {
            var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
            {
                ["clip_ratio/low_mean"] = Low,
                ["clip_ratio/high_mean"] = High,
                ["clip_ratio/region_mean"] = Low + High,
                ["clip_ratio/dual_mean"] = Dual,
                ["entropy"] = Entropy,
                ["weight"] = Weight,
            };
            if (Kl is { } kl) metrics["kl"] = kl;
            return metrics;
        }
    }
}
