namespace AgentTeams.Rl;

/// <summary>
/// What corrects that the sampler's probabilities are not the trainer's: the same weights computed by another server or in another precision, or older weights. Each token's part of the
/// policy gradient is multiplied by a bounded ratio r = exp(log p_trainer - log p_sampler), and ratios of the surrogate start from the trainer's own log-probabilities, so that
/// nothing is counted twice (truncated: Yao et al. 2025, "Your Efficient RL Framework Secretly Brings You Off-Policy RL Training"; levels, masks and veto as verl's rollout correction).
/// </summary>
/// <remarks>
/// Metrics of a policy, over the tokens that count: <c>sampling/sampling_logp_difference/mean</c> and <c>/max</c> (absolute), <c>sampling/importance_sampling_ratio/min</c>,
/// <c>/mean</c> and <c>/max</c> (as applied), <c>sampling/effective_sample_size</c> ((sum r)^2 / (n sum r^2) of the unbounded ratios, 1 where they are all equal),
/// <c>sampling/dropped/mean</c> (tokens that weigh nothing). Dropped tokens still count in the loss's denominators.
/// </remarks>
/// <example><code>new RlOptions { ImportanceCorrection = new() { Bound = ImportanceBound.Mask, Low = 0.5, High = 2, Veto = 1e-4 } }</code></example>
public sealed record ImportanceCorrection : IChecked
{
    /// <summary>Which tokens share a ratio.</summary>
    /// <value><see cref="ImportanceLevel.Token"/> by default.</value>
    public ImportanceLevel Level { get; init; } = ImportanceLevel.Token;

    /// <summary>What becomes of a ratio that is out of bounds.</summary>
    /// <value><see cref="ImportanceBound.Truncate"/> by default.</value>
    public ImportanceBound Bound { get; init; } = ImportanceBound.Truncate;

    /// <summary>The least ratio.</summary>
    /// <value>At least 0; 0 by default: no bound. Masks usually have 0.5.</value>
    public double Low { get; init; }

    /// <summary>The largest ratio.</summary>
    /// <value>Above 0 and above <see cref="Low"/>, infinity for no bound; 2 by default.</value>
    public double High { get; init; } = 2;

    /// <summary>A call is not learned from at all when the ratio of one of its tokens is below this: the trainer holds for impossible what was sampled.</summary>
    /// <value>Above 0, usually 1e-4; null, the default, for no veto.</value>
    public double? Veto { get; init; }

    void IChecked.Check(OptionChecks checks) => checks
        .Within(0, double.PositiveInfinity, Low)
        .Require(High > 0 && High > Low, High, "a number above 0 and above Low, usually 2")
        .Positive(Veto);

    /// <summary>The rows with their importance weights, and how far sampler and trainer are apart.</summary>
    /// <param name="rows">Rows with the sampler's log-probabilities.</param>
    /// <param name="trainer">The trainer's scores of the same rows, before any update.</param>
    /// <param name="prefix">What stands before the names of the metrics.</param>
    /// <param name="metrics">Receives the metrics.</param>
    internal List<TrainingRow> Apply(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> trainer, string prefix, IDictionary<string, double> metrics)
    {
        var corrected = new List<TrainingRow>(rows.Count);
        var (differences, ratios, weights) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            var sampler = RowShape.Required(row, row.BehaviorLogProbs, "behaviour log-probabilities", "importance sampling compares them with the trainer's");
            var own = trainer[i].LogProbs;
            var distances = own.Select((p, t) => (double)p - sampler[t]).ToArray();
            var unbounded = Ratios(row, distances);
            var isVetoed = Veto is { } least && distances.Where((_, t) => RowShape.Weight(row, t) != 0).Any(d => Math.Exp(d) < least);
            var weight = unbounded.Select(r => isVetoed ? 0 : (float)Bounded(r)).ToArray();
            for (var t = 0; t < own.Length; t++)
            {
                if (RowShape.Weight(row, t) == 0) continue;
                differences.Add(Math.Abs(distances[t]));
                ratios.Add(unbounded[t]);
                weights.Add(weight[t]);
            }

            corrected.Add(row with { BehaviorLogProbs = own, ImportanceWeights = weight });
        }

        if (weights.Count == 0) return corrected;
        metrics[$"{prefix}sampling/sampling_logp_difference/mean"] = differences.Average();
        metrics[$"{prefix}sampling/sampling_logp_difference/max"] = differences.Max();
        metrics[$"{prefix}sampling/importance_sampling_ratio/min"] = weights.Min();
        metrics[$"{prefix}sampling/importance_sampling_ratio/mean"] = weights.Average();
        metrics[$"{prefix}sampling/importance_sampling_ratio/max"] = weights.Max();
        metrics[$"{prefix}sampling/effective_sample_size"] = ratios.Sum() * ratios.Sum() / (ratios.Count * ratios.Sum(r => r * r));
        metrics[$"{prefix}sampling/dropped/mean"] = weights.Average(w => w == 0 ? 1.0 : 0);
        return corrected;
    }

    private double[] Ratios(TrainingRow row, double[] distances)
    {
        if (Level == ImportanceLevel.Token) return Array.ConvertAll(distances, Math.Exp);
        var counted = distances.Where((_, t) => RowShape.Weight(row, t) != 0).ToArray();
        var ratio = Math.Exp(counted.Sum() / (Level == ImportanceLevel.Geometric ? Math.Max(1, counted.Length) : 1));
        return Array.ConvertAll(distances, _ => ratio);
    }

    private double Bounded(double ratio) => Bound == ImportanceBound.Truncate ? Math.Clamp(ratio, Low, High) : ratio >= Low && ratio <= High ? ratio : 0;
}

/// <summary>Which tokens share an importance ratio.</summary>
public enum ImportanceLevel
{
    /// <summary>Each token has its own: little variance, and biased for sequences.</summary>
    Token,

    /// <summary>A call has one, the product of its tokens': unbiased, of a variance that grows with the length.</summary>
    Sequence,

    /// <summary>A call has one, the geometric mean of its tokens'.</summary>
    Geometric,
}

/// <summary>What becomes of an importance ratio that is out of bounds.</summary>
public enum ImportanceBound
{
    /// <summary>It counts as the bound.</summary>
    Truncate,

    /// <summary>It counts nothing (masked importance sampling).</summary>
    Mask,
}
