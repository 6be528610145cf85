namespace AgentTeams.Benchmarks.Models;

/// <summary>Mean negative log-likelihood, as the peer computes it.</summary>
internal sealed class NextTokenLoss(int tokens) : ITokenLoss
{
    public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
    {
        var sum = 0.0;
        for (var row = 0; row < rows.Count; row++)
        {
            foreach (var logProb in scores[row].LogProbs) sum -= logProb;
            gradients[row].LogProbs.AsSpan().Fill(-1f / tokens);
        }

        return new(sum / tokens, new Dictionary<string, double>());
    }
}
