namespace AgentTeams.Rl;

/// <summary>
/// Supervised fine-tuning: the weighted negative log-likelihood, sum of -w log p over completion tokens. Advantages and recorded
/// log-probabilities are not read.
/// </summary>
/// <remarks>Metrics: <c>entropy</c> and <c>weight</c>; divide the one by the other for the weighted mean.</remarks>
public sealed class SftLoss : ITokenLoss
{
    /// <inheritdoc/>
    public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
    {
        double loss = 0, entropy = 0, weights = 0;
        for (var i = 0; i < rows.Count; i++)
        {
            var logProbs = RowShape.Scores(rows[i], scores[i].LogProbs);
            for (var t = 0; t < logProbs.Length; t++)
            {
                double weight = RowShape.Weight(rows[i], t);
                if (weight == 0) continue;
                loss -= weight * logProbs[t];
                gradients[i].LogProbs[t] -= (float)weight;
                entropy += weight * scores[i].Entropies[t];
                weights += weight;
            }
        }

        return new(loss, new Dictionary<string, double>(StringComparer.Ordinal) { ["entropy"] = entropy, ["weight"] = weights });
    }
}
