namespace AgentTeams.Tests;

/// <summary>Σ −weight · log-probability, plus an entropy term so that both gradients are exercised.</summary>
internal sealed class NegativeLogLikelihood(float entropyWeight = 0) : ITokenLoss
{
    public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
    {
        var loss = 0.0;
        for (var r = 0; r < rows.Count; r++)
        {
            for (var t = 0; t < scores[r].LogProbs.Length; t++)
            {
                var weight = rows[r].Weights.Length == 0 ? 1f : rows[r].Weights[t];
                loss += -weight * scores[r].LogProbs[t] + entropyWeight * scores[r].Entropies[t];
                gradients[r].LogProbs[t] = -weight;
                gradients[r].Entropies[t] = entropyWeight;
            }
        }

        return new(loss, new Dictionary<string, double>());
    }
}
