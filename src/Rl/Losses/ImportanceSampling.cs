namespace AgentTeams.Rl;

/// <summary>
/// Truncated importance sampling: what samples and what trains may compute slightly different probabilities for the same weights
/// (another server, another precision), so each token's part of the policy gradient is weighted with
/// min(exp(log p_trainer - log p_sampler), cap), and ratios of the clipped surrogate start from the trainer's own
/// log-probabilities (Yao et al. 2025, "Your Efficient RL Framework Secretly Brings You Off-Policy RL Training").
/// </summary>
internal static class ImportanceSampling
{
    /// <summary>The rows with their importance weights, and how far sampler and trainer are apart.</summary>
    /// <param name="rows">Rows with the sampler's log-probabilities.</param>
    /// <param name="trainer">The trainer's scores of the same rows, before any update.</param>
    /// <param name="cap">The largest weight.</param>
    /// <param name="prefix">What stands before the names of the metrics.</param>
    /// <param name="metrics">
    /// Receives <c>sampling/sampling_logp_difference/mean</c> and <c>/max</c> (absolute), and
    /// <c>sampling/importance_sampling_ratio/min</c>, <c>/mean</c> and <c>/max</c>, of the weights after truncation.
    /// </param>
    public static List<TrainingRow> Correct(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> trainer, double cap, string prefix,
        IDictionary<string, double> metrics)
    {
        var corrected = new List<TrainingRow>(rows.Count);
        var (differences, weights) = (new List<double>(), new List<double>());
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            var sampler = RowShape.Required(row, row.BehaviorLogProbs, "behaviour log-probabilities", "importance sampling compares them with the trainer's")
                .ToArray();
            var own = trainer[i].LogProbs;
            var weight = new float[own.Length];
            for (var t = 0; t < own.Length; t++)
            {
                weight[t] = (float)Math.Min(Math.Exp((double)own[t] - sampler[t]), cap);
                differences.Add(Math.Abs((double)own[t] - sampler[t]));
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
        return corrected;
    }
}
