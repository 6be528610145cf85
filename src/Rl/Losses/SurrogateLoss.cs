namespace AgentTeams.Rl;

/// <summary>
/// What all surrogates of the policy gradient share. For a token of weight w it is w (i L + KlCoefficient kl - EntropyCoefficient H), where L is the surrogate's own, i the
/// token's <see cref="TrainingRow.ImportanceWeights"/>, kl the divergence from <see cref="TrainingRow.ReferenceLogProbs"/> and H the entropy. Ratios are
/// q = exp(log p - log p_behavior); a row without recorded log-probabilities counts as on-policy: q has the value 1 and the gradient of log p.
/// </summary>
/// <remarks>
/// Metrics, all weighted sums: <c>clip_ratio/low_mean</c> (a lower bound held at A below 0), <c>clip_ratio/high_mean</c> (an upper bound held at A above 0),
/// <c>clip_ratio/region_mean</c> (their sum), <c>kl</c> where a reference is recorded, <c>entropy</c>, and <c>weight</c>, the sum of weights: divide by it for weighted
/// means. Tokens of weight 0 are not read at all.
/// </remarks>
public abstract record SurrogateLoss : ITokenLoss, IChecked
{
    private protected SurrogateLoss() { }

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
    public virtual LossNeeds Needs => (KlCoefficient != 0 ? LossNeeds.Reference | LossNeeds.ZeroAdvantageRows : 0) | (EntropyCoefficient != 0 ? LossNeeds.ZeroAdvantageRows : 0);

    /// <summary>The name of a metric that only this surrogate has; null for none.</summary>
    private protected virtual string? OwnMetric => null;

    /// <inheritdoc/>
    public virtual IReadOnlyList<TrainingRow> Prepare(IReadOnlyList<TrainingRow> update) => update;

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">A row lacks advantages or needed reference log-probabilities, or their number is wrong.</exception>
    public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
    {
        OptionChecks.Validate(this);
        var sums = new SurrogateSums();
        for (var i = 0; i < rows.Count; i++) AddRow(rows[i], scores[i], gradients[i], sums);
        return new(sums.Loss, sums.ToMetrics(OwnMetric));
    }

    void IChecked.Check(OptionChecks checks)
    {
        CheckOwn(checks);
        checks
            .Require(double.IsFinite(KlCoefficient), KlCoefficient, "a finite number")
            .Require(double.IsFinite(EntropyCoefficient), EntropyCoefficient, "a finite number");
    }

    /// <summary>Notes what is wrong with the surrogate's own options.</summary>
    private protected abstract void CheckOwn(OptionChecks checks);

    /// <summary>Gives each token of a row that counts its L, and the derivative of the row's loss.</summary>
    private protected abstract void Judge(SurrogateRow row);

    private void AddRow(TrainingRow row, TokenScores scores, TokenGradient gradient, SurrogateSums sums)
    {
        var judged = SurrogateRow.Of(row, scores.LogProbs, sums);
        var reference = RowShape.Optional(row, row.ReferenceLogProbs, "reference log-probabilities");
        if (KlCoefficient != 0)
            reference = RowShape.Required(row, reference, "reference log-probabilities", "the KL coefficient is not 0, so score the row with a reference");
        Judge(judged);
        foreach (var t in judged.Tokens)
        {
            var (weight, loss, derivative) = (judged.Weight(t), judged.Losses[t], judged.Derivatives[t]);
            if (reference.Length > 0)
            {
                var (kl, slope) = Kl.Of(KlEstimator, scores.LogProbs[t], reference[t]);
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
}
