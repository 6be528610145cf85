namespace AgentTeams.Rl;

/// <summary>
/// What teaches a value head: for a token of weight w, value v, return R and, where it was recorded, the value v0 at which the advantages were estimated, it is
/// w Factor max((v - R)^2, (clip(v, v0 - Clip, v0 + Clip) - R)^2) (Schulman et al. 2017, as in OpenAI baselines and verl). The returns are
/// <see cref="TrainingRow.Returns"/>, which <see cref="GaeAdvantage"/> gives.
/// </summary>
/// <remarks>
/// Metrics, weighted sums: <c>loss/value_avg</c> (without the coefficient that a <see cref="LossSum"/> gives it), <c>val/clipfrac_avg</c> (the clipped form is the larger), <c>weight</c>.
/// </remarks>
/// <example><code>LossSum.Of(new PolicyGradientLoss(), new ValueLoss(), coefficient: 0.5)</code></example>
public sealed record ValueLoss : ITokenLoss, IChecked
{
    /// <summary>How far a value may move from the recorded one before it is no longer pushed on.</summary>
    /// <value>At least 0; 0.2 by default; null for no bound.</value>
    public double? Clip { get; init; } = 0.2;

    /// <summary>The factor of the square.</summary>
    /// <value>Positive; 0.5 by default, as verl has it; CoMLRL leaves the half away.</value>
    public double Factor { get; init; } = 0.5;

    /// <inheritdoc/>
    public LossNeeds Needs => LossNeeds.Values | LossNeeds.ZeroAdvantageRows;

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">The policy has no value head, or a row lacks returns.</exception>
    public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
    {
        OptionChecks.Validate(this);
        double loss = 0, clipped = 0, weights = 0;
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            var values = RowShape.Required(row, scores[i].Values, "values", "add a value head to its policy with AddValueHead");
            var returns = RowShape.Required(row, row.Returns, "returns", "estimate advantages with GaeAdvantage, which gives them");
            var before = RowShape.Optional(row, row.BehaviorValues, "behaviour values");
            for (var t = 0; t < values.Length; t++)
            {
                double weight = RowShape.Weight(row, t);
                if (weight == 0) continue;
                var error = (double)values[t] - returns[t];
                var held = before.Length == 0 || Clip is not { } clip ? error : Math.Clamp(values[t], before[t] - clip, before[t] + clip) - returns[t];
                // Where the clipped form is the larger it stands still, however the value moves.
                var isClipped = held * held > error * error;
                loss += weight * Factor * (isClipped ? held * held : error * error);
                if (isClipped) clipped += weight;
                else gradients[i].Values[t] += (float)(weight * Factor * 2 * error);
                weights += weight;
            }
        }

        return new(loss, new Dictionary<string, double>(StringComparer.Ordinal) { ["loss/value_avg"] = loss, ["val/clipfrac_avg"] = clipped, ["weight"] = weights });
    }

    void IChecked.Check(OptionChecks checks) => checks.Within(0, double.PositiveInfinity, Clip).Positive(Factor);
}
