namespace AgentTeams.Rl;

/// <summary>
/// Stops a loss that is infinite or not a number before its gradient reaches a weight, and names the row at fault. Tokens of
/// weight 0 are not looked at.
/// </summary>
/// <param name="inner">The loss to watch.</param>
internal sealed class FiniteLoss(ITokenLoss inner) : ITokenLoss
{
    /// <inheritdoc/>
    public LossNeeds Needs => inner.Needs;

    /// <inheritdoc/>
    public IReadOnlyList<TrainingRow> Prepare(IReadOnlyList<TrainingRow> update) => inner.Prepare(update);

    /// <inheritdoc/>
    /// <exception cref="NonFiniteLossException">A score, an input of the loss, the loss or its gradient is not finite.</exception>
    public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            Check(row, scores[i].LogProbs, "log-probability");
            Check(row, scores[i].Entropies, "entropy");
            Check(row, scores[i].Values, "value");
            Check(row, row.Weights, "weight");
            Check(row, row.Advantages, "advantage");
            Check(row, row.BehaviorLogProbs, "behaviour log-probability");
            Check(row, row.ReferenceLogProbs, "reference log-probability");
            Check(row, row.Returns, "return");
            Check(row, row.BehaviorValues, "behaviour value");
        }

        var result = inner.Evaluate(rows, scores, gradients);
        for (var i = 0; i < rows.Count; i++)
        {
            Check(rows[i], gradients[i].LogProbs, "loss gradient");
            Check(rows[i], gradients[i].Entropies, "entropy gradient");
            Check(rows[i], gradients[i].Values, "value gradient");
        }

        if (!double.IsFinite(result.Loss) && rows.Count > 0)
            throw new NonFiniteLossException(rows[0],
                $"loss is {result.Loss} over a micro-batch of {rows.Count} rows whose inputs and gradients are all finite, beginning with that");
        return result;
    }

    private static void Check(TrainingRow row, float[] values, string what)
    {
        for (var t = 0; t < values.Length; t++)
        {
            if (t < row.CompletionIds.Length && RowShape.Weight(row, t) == 0) continue;
            if (!float.IsFinite(values[t]))
                throw new NonFiniteLossException(row, $"{what} is {values[t]} at completion token {t}");
        }
    }
}
