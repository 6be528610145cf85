namespace AgentTeams.Rl;

/// <summary>
/// PPO's surrogate where a few of the tokens that drive the entropy down are detached: those whose covariance of advantage and log-probability lies within bounds push nothing
/// (Clip-Cov: Cui et al. 2025, "The Entropy Mechanism of Reinforcement Learning for Reasoning Language Models", equations 10 to 13). The covariance of a token is
/// (A - mean A) (log p - mean log p), with means over all tokens of the update, and log p as recorded when they were sampled: the choice is made once for an update, in
/// <see cref="Prepare"/>, so that no split of it changes it.
/// </summary>
/// <remarks>
/// Published code takes log p under the current weights; at the first update of a step both are the same. Which of the tokens within the bounds are detached is drawn by
/// <see cref="Seed"/>, run and node. Metrics beside those of <see cref="SurrogateLoss"/>: <c>clip_ratio/cov_mean</c>, the share that is detached.
/// </remarks>
public sealed record ClipCovLoss : SurrogateLoss
{
    /// <summary>How far the ratio may fall below 1.</summary>
    /// <value>0 to 1; 0.2 by default.</value>
    public double ClipLow { get; init; } = 0.2;

    /// <summary>How far the ratio may rise above 1.</summary>
    /// <value>At least 0, infinity for no bound; 0.2 by default.</value>
    public double ClipHigh { get; init; } = 0.2;

    /// <summary>The share of the update's tokens that is detached; at least one token, where one lies within the bounds.</summary>
    /// <value>0 to 1; 2e-4 by default, as published.</value>
    public double Share { get; init; } = 2e-4;

    /// <summary>The covariance above which a token may be detached.</summary>
    /// <value>Finite; 1 by default, as published.</value>
    public double Low { get; init; } = 1;

    /// <summary>The covariance below which a token may be detached.</summary>
    /// <value>Above <see cref="Low"/>, or infinity; 5 by default, as published.</value>
    public double High { get; init; } = 5;

    /// <summary>Decides, with the tokens' runs and nodes, which of those within the bounds are detached.</summary>
    /// <value>0 by default.</value>
    public long Seed { get; init; }

    private protected override string OwnMetric => "clip_ratio/cov_mean";

    /// <inheritdoc/>
    public override IReadOnlyList<TrainingRow> Prepare(IReadOnlyList<TrainingRow> update)
    {
        ArgumentNullException.ThrowIfNull(update);
        OptionChecks.Validate(this);
        var tokens = TokenCovariance.Of(update);
        var within = tokens.Where(t => t.Covariance > Low && t.Covariance < High);
        return TokenCovariance.Select(update, within.OrderBy(t => DrawOf(update[t.Row], t.Token)).ThenBy(t => t.Row).ThenBy(t => t.Token).Take(Math.Max(1, (int)(Share * tokens.Count))));
    }

    private protected override void CheckOwn(OptionChecks checks) => checks
        .Within(0, 1, ClipLow).Require(ClipHigh >= 0, ClipHigh, "a number of at least 0").Within(0, 1, Share)
        .Require(double.IsFinite(Low), Low, "a finite number").Require(High > Low, High, "a number above Low");

    private protected override void Judge(SurrogateRow row)
    {
        var detached = TokenCovariance.SelectedOf(row.Row);
        foreach (var t in row.Tokens)
        {
            var (loss, derivative, bound) = ClippedRatio.Of(row.Ratio(t), row.Advantage(t), ClipLow, ClipHigh);
            row.Count(detached[t] ? Bound.Own : bound, t);
            row.Set(t, detached[t] ? 0 : loss, detached[t] ? 0 : derivative);
        }
    }

    private long DrawOf(TrainingRow row, int token) => new SeedKey(Seed, "clip-cov", token, row.TrajectoryId, Node: row.NodeId).ToSeed();
}
