namespace AgentTeams.Rl;

/// <summary>
/// The plain surrogate -A q, and for the tokens of the largest covariance of advantage and log-probability a penalty Coefficient |log p - log p_behavior|, which keeps the
/// entropy up (KL-Cov: Cui et al. 2025, equations 14 and 15). Covariances and the choice are those of <see cref="ClipCovLoss"/>.
/// </summary>
/// <remarks>Metrics beside those of <see cref="SurrogateLoss"/>: <c>kl_cov/selected_mean</c>, the share that is penalised.</remarks>
public sealed record KlCovLoss : SurrogateLoss
{
    /// <summary>The share of the update's tokens that is penalised; at least one token.</summary>
    /// <value>0 to 1; 2e-3 by default, as published for the smaller models.</value>
    public double Share { get; init; } = 2e-3;

    /// <summary>The factor of the penalty.</summary>
    /// <value>At least 0; 1 by default, as published.</value>
    public double Coefficient { get; init; } = 1;

    /// <inheritdoc/>
    public override LossNeeds Needs => base.Needs | LossNeeds.ZeroAdvantageRows;

    private protected override string OwnMetric => "kl_cov/selected_mean";

    /// <inheritdoc/>
    public override IReadOnlyList<TrainingRow> Prepare(IReadOnlyList<TrainingRow> update)
    {
        ArgumentNullException.ThrowIfNull(update);
        OptionChecks.Validate(this);
        var tokens = TokenCovariance.Of(update);
        return TokenCovariance.Select(update, tokens.OrderByDescending(t => t.Covariance).ThenBy(t => t.Row).ThenBy(t => t.Token).Take(Math.Max(1, (int)(Share * tokens.Count))));
    }

    private protected override void CheckOwn(OptionChecks checks) => checks.Within(0, 1, Share).Within(0, double.PositiveInfinity, Coefficient);

    private protected override void Judge(SurrogateRow row)
    {
        var penalised = TokenCovariance.SelectedOf(row.Row);
        foreach (var t in row.Tokens)
        {
            var (loss, derivative, _) = ClippedRatio.Of(row.Ratio(t), row.Advantage(t), low: 1, high: double.PositiveInfinity);
            if (penalised[t])
            {
                var (kl, slope) = Kl.Of(KlEstimator.Abs, row.LogRatio(t), 0);
                (loss, derivative) = (loss + Coefficient * kl, derivative + Coefficient * slope);
                row.Count(Bound.Own, t);
            }

            row.Set(t, loss, derivative);
        }
    }
}
