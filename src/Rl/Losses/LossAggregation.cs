using System.Collections.Immutable;

namespace AgentTeams.Rl;

/// <summary>
/// How the losses of a batch's tokens become one number. The normalisers are computed once over the whole batch and written into each row's
/// weights, so that the sum over any split into micro-batches is the same. A sequence is a row, that is one model call.
/// </summary>
public sealed record LossAggregation
{
    private readonly double _constant = 1;

    private LossAggregation(LossAggregationMode mode) => Mode = mode;

    /// <summary>The rule.</summary>
    public LossAggregationMode Mode { get; }

    /// <summary>The constant of the modes that have one, in tokens; otherwise 1.</summary>
    public double Constant
    {
        get => _constant;
        private init => _constant = value > 0 && double.IsFinite(value)
            ? value
            : throw new AgentTeamsException($"The constant of the loss aggregation {Mode} is {value}. Give a positive number of tokens.");
    }

    /// <summary>Sum over all tokens / number of tokens (DAPO: Yu et al. 2025, section 3.3).</summary>
    public static LossAggregation TokenMean { get; } = new(LossAggregationMode.TokenMean);

    /// <summary>Mean over sequences of the sum over their tokens.</summary>
    public static LossAggregation SequenceMeanTokenSum { get; } = new(LossAggregationMode.SequenceMeanTokenSum);

    /// <summary>Mean over sequences of the mean over their tokens (GRPO: Shao et al. 2024, equation 3).</summary>
    public static LossAggregation SequenceMeanTokenMean { get; } = new(LossAggregationMode.SequenceMeanTokenMean);

    /// <summary>Mean over trajectories of the mean over their tokens, however many calls they have (the per-rollout mean of Agent Lightning v1).</summary>
    public static LossAggregation RolloutMean { get; } = new(LossAggregationMode.RolloutMean);

    /// <summary>Sum over couplings / number of couplings, each token of a coupling carrying its weight: for preference losses. A row without a coupling is one of its own.</summary>
    public static LossAggregation CouplingMean { get; } = new(LossAggregationMode.CouplingMean);

    /// <summary>Sum over all tokens / maximum length, however many sequences there are (verl's seq-mean-token-sum-norm).</summary>
    /// <param name="maxLength">The most tokens that a completion may have; positive.</param>
    /// <exception cref="AgentTeamsException">The length is not positive.</exception>
    public static LossAggregation SequenceMeanTokenSumNorm(int maxLength) => new(LossAggregationMode.SequenceMeanTokenSumNorm) { Constant = maxLength };

    /// <summary>
    /// Sum over all tokens / (number of sequences * maximum length): a constant, never the realised length (Dr. GRPO: Liu et
    /// al. 2025, section 3.2).
    /// </summary>
    /// <param name="maxLength">The most tokens that a completion may have; positive.</param>
    /// <exception cref="AgentTeamsException">The length is not positive.</exception>
    public static LossAggregation DrGrpo(int maxLength) => new(LossAggregationMode.DrGrpo) { Constant = maxLength };

    /// <summary>Sum over all tokens / a constant of the caller's, the same for every batch.</summary>
    /// <param name="divisor">The constant; positive.</param>
    /// <exception cref="AgentTeamsException">The divisor is not positive and finite.</exception>
    public static LossAggregation TokenSum(double divisor) => new(LossAggregationMode.TokenSum) { Constant = divisor };

    /// <summary>Multiplies each row's weights by the normaliser.</summary>
    /// <param name="batch">
    /// All rows of one optimiser step. A token counts with its weight, 1 where a row has none, and 0 where its mask leaves it out; rows none of whose tokens
    /// count are no sequences, so padding changes nothing.
    /// </param>
    /// <returns>The rows in the same order, each with its weights.</returns>
    /// <exception cref="AgentTeamsException">A weight is negative or not finite, or the batch has rows but no token to train on.</exception>
    public ImmutableArray<TrainingRow> Weigh(IReadOnlyList<TrainingRow> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        double[] tokens = [.. batch.Select(Tokens)];
        var all = tokens.Sum();
        var sequences = Mode == LossAggregationMode.CouplingMean
            ? batch.Where((_, i) => tokens[i] > 0).Select((row, i) => row.Coupling is { } coupling ? (coupling, 0) : ("", i + 1)).Distinct().Count()
            : tokens.Count(t => t > 0);
        if (batch.Count > 0 && sequences == 0)
            throw new AgentTeamsException($"None of the batch's {batch.Count} rows has a token of weight above 0, so there is nothing to train on. Skip the "
                + "step.");
        var rollouts = Mode == LossAggregationMode.RolloutMean
            ? batch.Zip(tokens).GroupBy(r => r.First.TrajectoryId, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Sum(r => r.Second), StringComparer.Ordinal)
            : [];
        var counted = rollouts.Values.Count(t => t > 0);
        return [.. batch.Select((row, i) => row with
        {
            Weights = Scaled(row, counted == 0 ? Normaliser(tokens[i], all, sequences) : tokens[i] == 0 ? 0 : 1 / (counted * rollouts[row.TrajectoryId])),
        })];
    }

    private double Normaliser(double tokens, double all, int sequences) => tokens == 0 ? 0 : Mode switch
    {
        LossAggregationMode.TokenMean => 1 / all,
        LossAggregationMode.SequenceMeanTokenSum or LossAggregationMode.CouplingMean => 1.0 / sequences,
        LossAggregationMode.SequenceMeanTokenMean => 1 / (sequences * tokens),
        LossAggregationMode.DrGrpo => 1 / (sequences * Constant),
        _ => 1 / Constant,
    };

    private static float[] Scaled(TrainingRow row, double normaliser)
    {
        var weights = new float[row.CompletionIds.Length];
        for (var t = 0; t < weights.Length; t++) weights[t] = (float)(RowShape.Weight(row, t) * normaliser);
        return weights;
    }

    /// <summary>The row's tokens, each counted with its weight.</summary>
    internal static double Tokens(TrainingRow row)
    {
        RowShape.EnsureMask(row);
        double tokens = 0;
        for (var t = 0; t < row.CompletionIds.Length; t++)
        {
            var weight = RowShape.Weight(row, t);
            if (!(weight >= 0 && float.IsFinite(weight)))
                throw new AgentTeamsException($"The weights of node '{row.NodeId}' (role '{row.Role}', trajectory '{row.TrajectoryId}') hold {weight}. Use "
                    + "finite values of at least 0.");
            tokens += weight;
        }

        return tokens;
    }
}

/// <summary>The rules of <see cref="LossAggregation"/>.</summary>
public enum LossAggregationMode
{
    /// <summary>See <see cref="LossAggregation.TokenMean"/>.</summary>
    TokenMean,

    /// <summary>See <see cref="LossAggregation.SequenceMeanTokenSum"/>.</summary>
    SequenceMeanTokenSum,

    /// <summary>See <see cref="LossAggregation.SequenceMeanTokenMean"/>.</summary>
    SequenceMeanTokenMean,

    /// <summary>See <see cref="LossAggregation.RolloutMean"/>.</summary>
    RolloutMean,

    /// <summary>See <see cref="LossAggregation.CouplingMean"/>.</summary>
    CouplingMean,

    /// <summary>See <see cref="LossAggregation.SequenceMeanTokenSumNorm"/>.</summary>
    SequenceMeanTokenSumNorm,

    /// <summary>See <see cref="LossAggregation.DrGrpo"/>.</summary>
    DrGrpo,

    /// <summary>See <see cref="LossAggregation.TokenSum"/>.</summary>
    TokenSum,
}
