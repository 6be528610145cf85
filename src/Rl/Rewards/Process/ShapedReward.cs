namespace AgentTeams.Rl;

/// <summary>How a reply's score is compared with those before it.</summary>
public enum ReplyShaping
{
    /// <summary>r + α (r - Q): above its predecessors is worth more, below them less.</summary>
    Margin,

    /// <summary>r + α (Q r - (1 - Q)(1 - r)): staying right among the right is worth more, staying wrong among the wrong less. For scores from 0 to 1.</summary>
    Quality,
}

/// <summary>
/// Scores each reply of a chain, mixture or debate against the replies before it, with Q the mean of their scores: MARTI's margin and quality allocation
/// (Zhang et al. 2025; <c>auto_reward_alloc</c>). The first reply, which has none before, keeps its score r. <see cref="OutcomeFactor"/> adds the last
/// reply's score to every one's. Only unshaped scores are compared.
/// </summary>
/// <example><code>new ShapedReward { Score = (trajectory, reply) => reply.Text == answers[trajectory.TaskId] ? 1 : 0, Shaping = ReplyShaping.Quality }</code></example>
public sealed record ShapedReward : IRewardFunction, IChecked
{
    /// <inheritdoc/>
    /// <value>"shaped" by default.</value>
    public string Name { get; init; } = "shaped";

    /// <summary>The score of a reply; finite. It is asked once for each.</summary>
    public required Func<Trajectory, TrajectoryNode, double> Score { get; init; }

    /// <summary>How scores are compared.</summary>
    /// <value><see cref="ReplyShaping.Margin"/> by default.</value>
    public ReplyShaping Shaping { get; init; }

    /// <summary>α, how much the comparison counts.</summary>
    /// <value>Finite; 0.5 by default.</value>
    public double Alpha { get; init; } = 0.5;

    /// <summary>β, how much the last reply's score counts for every reply.</summary>
    /// <value>Finite; 0 by default, 0.5 in MARTI's variants with the outcome.</value>
    public double OutcomeFactor { get; init; }

    /// <summary>The roles whose replies form the chain; null, the default, for all.</summary>
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>Whether only replies of earlier turns come before a reply, as in a debate or a mixture, whose roles do not read each other within a turn.</summary>
    /// <value>False by default: all replies that were committed earlier do, as in a chain.</value>
    public bool ByTurn { get; init; }

    /// <inheritdoc/>
    public bool MayAbstain => true;

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">An option is invalid, or a score is outside of 0 to 1 under <see cref="ReplyShaping.Quality"/>.</exception>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        OptionChecks.Validate(this);
        TrajectoryNode[] replies = [.. Replies.Of(trajectory).Where(n => Roles is null || Roles.Contains(n.Role!))];
        double[] raw = [.. replies.Select(r => Score(trajectory, r))];
        if (Shaping == ReplyShaping.Quality && Array.Find(raw, r => r is < 0 or > 1) is not 0 and var outside)
            throw new AgentTeamsException($"A reply of trajectory '{trajectory.Id}' has the score {outside}. Quality shaping needs scores from 0 to 1.");
        var rewards = new List<Reward>();
        for (var i = 0; i < replies.Length; i++)
        {
            double[] before = [.. raw.Take(i).Where((_, j) => !ByTurn || replies[j].Turn < replies[i].Turn)];
            if (!replies[i].Inherited) rewards.Add(Reward.ForNode(replies[i].Id, Name, Shape(raw[i], before) + (OutcomeFactor * raw[^1])));
        }

        return new(rewards);
    }

    void IChecked.Check(OptionChecks checks) => checks
        .Require(Name.Length > 0, Name, "a name")
        .Require(double.IsFinite(Alpha), Alpha, "a finite number")
        .Require(double.IsFinite(OutcomeFactor), OutcomeFactor, "a finite number");

    private double Shape(double r, double[] before)
    {
        if (before.Length == 0) return r;
        var q = Moments.Of(before).Mean;
        return r + (Alpha * (Shaping == ReplyShaping.Margin ? r - q : (q * r) - ((1 - q) * (1 - r))));
    }
}
