namespace AgentTeams.Rl;

/// <summary>What an estimator sees of a batch: the invocations with all that is known of them, and the groups they form.</summary>
public sealed class AdvantageContext
{
    internal AdvantageContext(IReadOnlyList<AdvantageRow> rows, IReadOnlyList<SampleGroup> groups) => (Rows, Groups) = (rows, groups);

    /// <summary>The invocations.</summary>
    public IReadOnlyList<AdvantageRow> Rows { get; }

    /// <summary>Those that are compared with each other; <see cref="AdvantageRow.Group"/> and <see cref="AdvantageRow.Sample"/> point into them.</summary>
    public IReadOnlyList<SampleGroup> Groups { get; }

    /// <summary>Gives every token of a row the advantage of its sample.</summary>
    /// <param name="samples">For each group, one advantage for each of its samples.</param>
    public IReadOnlyList<TokenAdvantages> Broadcast(IReadOnlyList<double[]> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        return [.. Rows.Select(r => TokenAdvantages.Same(samples[r.Group][r.Sample], r.TokenCount))];
    }
}

/// <summary>One role invocation to be judged.</summary>
public sealed record AdvantageRow
{
    private readonly Lazy<double[]> _rewards = new(() => []);

    internal AdvantageRow(Func<double[]> rewards) => _rewards = new(rewards);

    /// <summary>The trajectory of the invocation.</summary>
    public required Trajectory Trajectory { get; init; }

    /// <summary>The invocation.</summary>
    public required TrajectoryNode Node { get; init; }

    /// <summary>What the credit rule says it earned; finite.</summary>
    public required double Return { get; init; }

    /// <summary>The index of its group in <see cref="AdvantageContext.Groups"/>.</summary>
    public required int Group { get; init; }

    /// <summary>The index of its sample in the group.</summary>
    public required int Sample { get; init; }

    /// <summary>The number of completion tokens; 1 for a call without a token trace.</summary>
    public int TokenCount => Math.Max(1, Node.Tokens?.CompletionIds.Length ?? 1);

    /// <summary>
    /// The rewards that fall due at each completion token, weighted, before any credit rule: a node's at the token it names or the last one, a role's or
    /// the trajectory's at the end of the role's last invocation, a turn's at the end of the role's last invocation in it.
    /// </summary>
    public IReadOnlyList<double> Rewards => _rewards.Value;

    /// <summary>What <see cref="RlOptions.KlPenalty"/> costs at each completion token, at most 0 on average; it is in <see cref="Return"/> and <see cref="Rewards"/> already. Empty for none.</summary>
    public IReadOnlyList<double> Penalties { get; init; } = [];

    /// <summary>A critic's value of the state before each completion token; empty unless <see cref="AdvantageNeeds.Values"/> was asked for.</summary>
    public IReadOnlyList<double> Values { get; init; } = [];
}

/// <summary>The advantages of one invocation.</summary>
/// <param name="Advantages">One for each completion token.</param>
/// <param name="Returns">What a critic is to learn, one for each completion token; empty where there is none.</param>
public sealed record TokenAdvantages(double[] Advantages, double[] Returns)
{
    /// <summary>The same advantage at every token.</summary>
    public static TokenAdvantages Same(double advantage, int tokens)
    {
        var all = new double[tokens];
        Array.Fill(all, advantage);
        return new(all, []);
    }
}
