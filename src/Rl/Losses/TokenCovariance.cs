namespace AgentTeams.Rl;

/// <summary>How advantage and log-probability of the tokens of an update vary together.</summary>
/// <param name="Row">The row's place in the update.</param>
/// <param name="Token">The token's place in the row.</param>
/// <param name="Covariance">(A - mean A) (log p - mean log p).</param>
internal readonly record struct TokenCovariance(int Row, int Token, double Covariance)
{
    /// <summary>The covariances of all tokens that count.</summary>
    /// <exception cref="AgentTeamsException">A row lacks advantages or recorded log-probabilities.</exception>
    public static List<TokenCovariance> Of(IReadOnlyList<TrainingRow> update)
    {
        var tokens = new List<(int Row, int Token, double Advantage, double LogProb)>();
        for (var i = 0; i < update.Count; i++)
        {
            var advantages = RowShape.Required(update[i], update[i].Advantages, "advantages", "a policy gradient needs one for each");
            var logProbs = RowShape.Required(update[i], update[i].BehaviorLogProbs, "behaviour log-probabilities", "a covariance needs one for each");
            for (var t = 0; t < logProbs.Length; t++)
            {
                if (RowShape.Weight(update[i], t) != 0) tokens.Add((i, t, advantages[t], logProbs[t]));
            }
        }

        if (tokens.Count == 0) return [];
        var (advantage, logProb) = (tokens.Average(t => t.Advantage), tokens.Average(t => t.LogProb));
        return tokens.ConvertAll(t => new TokenCovariance(t.Row, t.Token, (t.Advantage - advantage) * (t.LogProb - logProb)));
    }

    /// <summary>The rows, each with which of its tokens were chosen.</summary>
    public static List<TrainingRow> Select(IReadOnlyList<TrainingRow> update, IEnumerable<TokenCovariance> chosen)
    {
        var selected = update.Select(r => new bool[r.CompletionIds.Length]).ToArray();
        foreach (var (row, token, _) in chosen) selected[row][token] = true;
        return [.. update.Select((r, i) => r with { Selected = selected[i] })];
    }

    /// <exception cref="AgentTeamsException">Nothing was chosen yet.</exception>
    public static bool[] SelectedOf(TrainingRow row) => row.Selected.Length == row.CompletionIds.Length
        ? row.Selected
        : throw new AgentTeamsException($"The row of node '{row.NodeId}' (role '{row.Role}', trajectory '{row.TrajectoryId}') does not say which of its tokens are chosen. Call the loss's "
            + "Prepare with all rows of the update first, as trainers do.");
}
