namespace AgentTeams.Rl;

/// <summary>
/// Kahneman-Tversky optimisation (Ethayarajh et al. 2024, equations 7 and 8): replies that are just good or bad, without a pair. With r = log p - log p_ref summed over a reply and the
/// divergence z, a good reply comes to DesirableWeight (1 - sigmoid(Beta (r - z))), a bad one to UndesirableWeight (1 - sigmoid(Beta (z - r))). The sign of
/// <see cref="TrainingRow.Advantages"/> tells good from bad, and -z is the row's <see cref="TrainingRow.MarginOffset"/>: <see cref="PreferenceTrainer"/> estimates it for each update on replies
/// to other questions; 0 leaves it away.
/// </summary>
/// <remarks>
/// Rows are judged one by one, whatever their couplings. Metrics are named as those of <see cref="DpoLoss"/>, weighted by rows: <c>rewards/chosen</c> and <c>rewards/rejected</c>
/// (Beta r of good and of bad replies), <c>rewards/margins</c> (Beta (r - z) with the row's sign), <c>rewards/accuracies</c>, <c>logps/*</c>, <c>weight</c>.
/// </remarks>
public sealed record KtoLoss : ITokenLoss, IChecked
{
    /// <summary>How strongly the reference holds.</summary>
    /// <value>Positive; 0.1 by default.</value>
    public double Beta { get; init; } = 0.1;

    /// <summary>What a good reply counts.</summary>
    /// <value>At least 0; 1 by default. The paper keeps the ratio of weight times number of replies, good to bad, between 1 and 4/3.</value>
    public double DesirableWeight { get; init; } = 1;

    /// <summary>What a bad reply counts.</summary>
    /// <value>At least 0; 1 by default.</value>
    public double UndesirableWeight { get; init; } = 1;

    /// <inheritdoc/>
    public LossNeeds Needs => LossNeeds.Reference | LossNeeds.Divergence | LossNeeds.ZeroAdvantageRows;

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">A row lacks a reference or a side.</exception>
    public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
    {
        OptionChecks.Validate(this);
        var sums = new PreferenceSums();
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            var isGood = row.Advantages.FirstOrDefault(a => a != 0) > 0;
            // z is taken from a good reply's margin and added to a bad one's, whose own part has its sign turned.
            var alone = row with { Coupling = null, MarginOffset = isGood ? row.MarginOffset : -row.MarginOffset };
            var margin = PreferenceMargin.Of([alone], [scores[i]], needsCoupling: false)[0];
            var (weight, h) = (isGood ? DesirableWeight : UndesirableWeight, Beta * margin.Value);
            sums.Add(margin, weight * Logistic.Sigmoid(-h), Beta);
            margin.Push([row], [gradients[i]], -weight * Beta * Logistic.Sigmoid(h) * Logistic.Sigmoid(-h));
        }

        return sums.ToResult();
    }

    void IChecked.Check(OptionChecks checks) => checks
        .Positive(Beta).Within(0, double.PositiveInfinity, DesirableWeight).Within(0, double.PositiveInfinity, UndesirableWeight);
}
