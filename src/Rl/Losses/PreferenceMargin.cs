namespace AgentTeams.Rl;

/// <summary>Rows that a preference loss judges together: the better side of a comparison and the worse, each of one or several calls.</summary>
internal sealed class PreferenceMargin
{
    private readonly List<(int Row, double Sign)> _rows = [];

    /// <summary>The sum over the better calls of log p - log p_ref, less that over the worse, and <see cref="TrainingRow.MarginOffset"/>.</summary>
    public double Value { get; private set; }

    /// <summary>What the better calls add to the margin, and what the worse ones take from it.</summary>
    public double Chosen { get; private set; }

    /// <inheritdoc cref="Chosen"/>
    public double Rejected { get; private set; }

    /// <summary>The log-probabilities of the better calls.</summary>
    public double ChosenLogProb { get; private set; }

    /// <summary>The log-probabilities of the worse calls.</summary>
    public double RejectedLogProb { get; private set; }

    /// <summary>The weight of the coupling, which all its tokens carry.</summary>
    public double Weight { get; private set; }

    /// <summary>The margins of a micro-batch, in the order of their first rows.</summary>
    /// <param name="rows">The rows; consecutive ones of one coupling belong together, and one without a coupling stands alone.</param>
    /// <param name="scores">Their scores.</param>
    /// <param name="needsCoupling">Whether a row without one is refused.</param>
    /// <exception cref="AgentTeamsException">A row lacks something, or rows of one coupling contradict each other.</exception>
    public static List<PreferenceMargin> Of(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, bool needsCoupling)
    {
        var margins = new List<PreferenceMargin>();
        for (var i = 0; i < rows.Count; i++)
        {
            if (needsCoupling && rows[i].Coupling is null)
                throw Wrong(rows[i], "has no coupling, so nobody knows what it is compared with. Make the rows of preference pairs with PreferenceRows.");
            if (i == 0 || rows[i].Coupling is null || rows[i - 1].Coupling != rows[i].Coupling) margins.Add(new() { Value = rows[i].MarginOffset });
            else if (rows[i].MarginOffset != rows[i - 1].MarginOffset) throw Wrong(rows[i], $"has another margin offset than the row before it in '{rows[i].Coupling}'. Give all rows of a coupling the same.");
            margins[^1].Add(i, rows[i], scores[i]);
        }

        return margins;
    }

    /// <summary>Pushes the tokens of all rows.</summary>
    /// <param name="rows">The rows of the micro-batch.</param>
    /// <param name="gradients">Their gradients.</param>
    /// <param name="derivative">The derivative of the coupling's loss with respect to the margin.</param>
    public void Push(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenGradient> gradients, double derivative)
    {
        foreach (var (row, sign) in _rows)
        {
            for (var t = 0; t < rows[row].CompletionIds.Length; t++)
            {
                if (RowShape.Weight(rows[row], t) != 0) gradients[row].LogProbs[t] += (float)(Weight * derivative * sign);
            }
        }
    }

    private void Add(int place, TrainingRow row, TokenScores scores)
    {
        var logProbs = RowShape.Scores(row, scores.LogProbs);
        var reference = RowShape.Required(row, row.ReferenceLogProbs, "reference log-probabilities", "score the row with a reference");
        var advantages = RowShape.Required(row, row.Advantages, "advantages", "their sign tells the better side from the worse");
        var (own, difference, sign) = (0.0, 0.0, 0);
        for (var t = 0; t < logProbs.Length; t++)
        {
            double weight = RowShape.Weight(row, t);
            if (weight == 0) continue;
            if (Weight != 0 && weight != Weight) throw Wrong(row, $"has tokens of the weights {Weight} and {weight} in one coupling. Weigh the rows with LossAggregation.CouplingMean.");
            if (advantages[t] == 0 || (sign != 0 && Math.Sign(advantages[t]) != sign)) throw Wrong(row, "has advantages of no sign or of both. Give 1 throughout for the better side and -1 for the worse.");
            (Weight, sign) = (weight, Math.Sign(advantages[t]));
            own += logProbs[t];
            difference += (double)logProbs[t] - reference[t];
        }

        if (sign == 0) return;
        _rows.Add((place, sign));
        Value += sign * difference;
        if (sign > 0) (Chosen, ChosenLogProb) = (Chosen + difference, ChosenLogProb + own);
        else (Rejected, RejectedLogProb) = (Rejected + difference, RejectedLogProb + own);
    }

    private static AgentTeamsException Wrong(TrainingRow row, string what) => new($"The row of node '{row.NodeId}' (role '{row.Role}', trajectory '{row.TrajectoryId}') {what}");
}
