namespace AgentTeams.Rl;

/// <summary>
/// A pure function from what the invocations of a batch earned to the advantage of each of their tokens. The order of rows, groups and samples never changes a
/// result's bits. Most rules give all tokens of an invocation the same; implement <see cref="IGroupAdvantage"/> for these.
/// </summary>
public interface IAdvantageEstimator
{
    /// <summary>What the estimator needs beyond returns.</summary>
    /// <value>Groups of at least 2 unless overridden.</value>
    AdvantageNeeds Needs => AdvantageNeeds.Default;

    /// <summary>The advantages of each row.</summary>
    /// <param name="batch">A whole batch, before any padding or filtering; all returns are finite.</param>
    /// <returns>One for each row, in their order; exactly 0 where there is nothing to compare.</returns>
    IReadOnlyList<TokenAdvantages> Estimate(AdvantageContext batch);
}

/// <summary>An estimator that compares one value of each sample with the others of its group; all tokens of a sample get the same.</summary>
public interface IGroupAdvantage : IAdvantageEstimator
{
    /// <summary>One advantage for each sample.</summary>
    /// <param name="groups">The groups of a whole batch; none empty, all values finite.</param>
    /// <returns>For each group, the advantages in the order of its samples; exactly 0 where there is nothing to compare.</returns>
    IReadOnlyList<double[]> Estimate(IReadOnlyList<SampleGroup> groups);

    /// <inheritdoc/>
    IReadOnlyList<TokenAdvantages> IAdvantageEstimator.Estimate(AdvantageContext batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return batch.Broadcast(Estimate(batch.Groups));
    }
}

/// <summary>What an estimator needs, so that a trainer provides it, or refuses at once what it cannot.</summary>
public sealed record AdvantageNeeds
{
    /// <summary>Groups of at least 2, and nothing else.</summary>
    public static AdvantageNeeds Default { get; } = new();

    /// <summary>The least number of rollouts of a task that can be compared.</summary>
    /// <value>At least 1; 2 by default.</value>
    public int GroupSize { get; init; } = 2;

    /// <summary>Greedy rollouts of each task that are run beside the sampled ones and never learned from: <see cref="SampleGroup.Greedy"/>.</summary>
    /// <value>At least 0; 0 by default.</value>
    public int GreedyRollouts { get; init; }

    /// <summary>Whether <see cref="AdvantageRow.Values"/> are read: each trained policy then needs a critic's head, or a critic has to be given.</summary>
    /// <value>False by default.</value>
    public bool Values { get; init; }
}
