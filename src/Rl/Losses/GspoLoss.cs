namespace AgentTeams.Rl;

/// <summary>
/// Group sequence policy optimisation: one ratio for a whole sequence, s = exp(mean over tokens of (log p - log p_behavior)), is clipped as PPO's is:
/// L = max(-A s, -A clip(s, 1 - ClipLow, 1 + ClipHigh)) at each token (GSPO: Zheng et al. 2025, equations 5 to 7). A sequence is a row; its tokens are those of
/// weight above 0. Published with <see cref="LossAggregation.SequenceMeanTokenMean"/>.
/// </summary>
/// <remarks>Metrics are those of <see cref="SurrogateLoss"/>; a clipped sequence counts with all its tokens.</remarks>
/// <example><code>RlOptions.Grpo with { Loss = new GspoLoss() }</code></example>
public sealed record GspoLoss : SurrogateLoss
{
    /// <summary>How far the sequence's ratio may fall below 1.</summary>
    /// <value>0 to 1; 3e-4 by default, as published: a mean over tokens moves far less than a token.</value>
    public double ClipLow { get; init; } = 3e-4;

    /// <summary>How far the sequence's ratio may rise above 1.</summary>
    /// <value>At least 0, infinity for no bound; 4e-4 by default, as published.</value>
    public double ClipHigh { get; init; } = 4e-4;

    /// <summary>
    /// Whether a token's advantage pushes that token alone, the ratio's value being held (GSPO-token, equations 13 and 14): for advantages that differ within a sequence.
    /// Where they do not, and tokens weigh the same, both gradients are equal.
    /// </summary>
    /// <value>False by default: the gradient of the sequence's ratio.</value>
    public bool PerToken { get; init; }

    private protected override void CheckOwn(OptionChecks checks) => checks.Within(0, 1, ClipLow).Require(ClipHigh >= 0, ClipHigh, "a number of at least 0");

    private protected override void Judge(SurrogateRow row)
    {
        var ratio = Math.Exp(row.MeanLogRatio());
        var pushed = 0.0;
        foreach (var t in row.Tokens)
        {
            var (loss, derivative, bound) = ClippedRatio.Of(ratio, row.Advantage(t), ClipLow, ClipHigh);
            row.Count(bound, t);
            row.Set(t, loss, derivative);
            pushed += row.Weight(t) * row.Derivatives[t];
        }

        if (PerToken) return;
        // d s / d log p is s / n at every token, so each shares what all tokens push.
        foreach (var t in row.Tokens) row.Derivatives[t] = pushed / (row.Tokens.Count * row.Weight(t));
    }
}
