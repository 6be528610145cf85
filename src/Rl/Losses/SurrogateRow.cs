namespace AgentTeams.Rl;

/// <summary>A row as a surrogate sees it: the tokens that count, and places for what it makes of them.</summary>
internal sealed class SurrogateRow
{
    private readonly float[] _logProbs, _advantages, _behavior, _importance;
    private readonly SurrogateSums _sums;

    private SurrogateRow(TrainingRow row, float[] logProbs, float[] advantages, float[] behavior, float[] importance, SurrogateSums sums)
    {
        (Row, _logProbs, _advantages, _behavior, _importance, _sums) = (row, logProbs, advantages, behavior, importance, sums);
        Losses = new double[logProbs.Length];
        Derivatives = new double[logProbs.Length];
        Tokens = new List<int>(logProbs.Length);
        for (var t = 0; t < logProbs.Length; t++)
        {
            if (RowShape.Weight(row, t) != 0) Tokens.Add(t);
        }
    }

    /// <summary>The row itself.</summary>
    public TrainingRow Row { get; }

    /// <summary>The tokens of weight above 0, ascending.</summary>
    public List<int> Tokens { get; }

    /// <summary>L of each token, times its importance.</summary>
    public double[] Losses { get; }

    /// <summary>The derivative of the row's weighted loss with respect to each log p, over the token's weight.</summary>
    public double[] Derivatives { get; }

    /// <exception cref="AgentTeamsException">Scores or advantages are missing, or something else is of another length.</exception>
    public static SurrogateRow Of(TrainingRow row, float[] logProbs, SurrogateSums sums) => new(
        row,
        RowShape.Scores(row, logProbs),
        RowShape.Required(row, row.Advantages, "advantages", "a policy gradient needs one for each"),
        RowShape.Optional(row, row.BehaviorLogProbs, "behaviour log-probabilities"),
        RowShape.Optional(row, row.ImportanceWeights, "importance weights"),
        sums);

    public double Weight(int t) => RowShape.Weight(Row, t);

    public double LogProb(int t) => _logProbs[t];

    public double Advantage(int t) => _advantages[t];

    public double Importance(int t) => _importance.Length == 0 ? 1 : _importance[t];

    /// <summary>log p - log p_behavior; 0 without recorded log-probabilities.</summary>
    public double LogRatio(int t) => _behavior.Length == 0 ? 0 : (double)_logProbs[t] - _behavior[t];

    public double Ratio(int t) => Math.Exp(LogRatio(t));

    /// <summary>The mean of the log-ratios of the tokens that count.</summary>
    public double MeanLogRatio()
    {
        double sum = 0;
        foreach (var t in Tokens) sum += LogRatio(t);
        return Tokens.Count == 0 ? 0 : sum / Tokens.Count;
    }

    /// <summary>Sets what a token's own loss comes to, where it depends on no other token.</summary>
    public void Set(int t, double loss, double derivative) =>
        (Losses[t], Derivatives[t]) = _importance.Length == 0 ? (loss, derivative) : (loss * _importance[t], derivative * _importance[t]);

    /// <summary>Counts a token where a bound held.</summary>
    public void Count(Bound bound, int t)
    {
        if (bound == Bound.Low) _sums.Low += Weight(t);
        else if (bound == Bound.High) _sums.High += Weight(t);
        else if (bound == Bound.Own) _sums.Own += Weight(t);
    }
}

/// <summary>Which bound of a surrogate held.</summary>
internal enum Bound
{
    None,
    Low,
    High,

    /// <summary>The one that only this surrogate has.</summary>
    Own,
}

/// <summary>What a micro-batch comes to.</summary>
internal sealed class SurrogateSums
{
    public double Loss, Entropy, Weight, Low, High, Own;
    public double? Kl;

    public Dictionary<string, double> ToMetrics(string? ownName)
    {
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["clip_ratio/low_mean"] = Low,
            ["clip_ratio/high_mean"] = High,
            ["clip_ratio/region_mean"] = Low + High,
        };
        if (ownName is not null) metrics[ownName] = Own;
        (metrics["entropy"], metrics["weight"]) = (Entropy, Weight);
        if (Kl is { } kl) metrics["kl"] = kl;
        return metrics;
    }
}
