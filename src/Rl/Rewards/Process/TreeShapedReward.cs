namespace AgentTeams.Rl;

/// <summary>
/// Scores each trajectory of a tree of forks against its parent and siblings: r + γ (r - b) with b = (1 - λ) r_parent + λ m, m the mean of the other forks of
/// the same parent at the same node (MARTI's tree shaping for MARS², Zhang et al. 2025; <c>ab_mcts_processor</c>). Without siblings b is the parent's score,
/// without a parent m (roots of a group are each other's siblings), and without either the score stays as it is.
/// </summary>
/// <remarks>Only unshaped scores are compared; MARTI's code compares with a parent that it has shaped already, so that depth changes a node's reward.</remarks>
/// <example><code>new TreeShapedReward { Score = t => t.Outcome == answers[t.TaskId] ? 1 : 0 }</code></example>
public sealed record TreeShapedReward : IRewardFunction, IChecked
{
    /// <inheritdoc/>
    /// <value>"tree" by default.</value>
    public string Name { get; init; } = "tree";

    /// <summary>The score of a completed trajectory; finite. It is asked for relatives too.</summary>
    public required Func<Trajectory, double> Score { get; init; }

    /// <summary>γ, how much the comparison counts.</summary>
    /// <value>Finite; 0.3 by default.</value>
    public double Gamma { get; init; } = 0.3;

    /// <summary>λ, how much siblings count against the parent.</summary>
    /// <value>0 to 1; 0.5 by default.</value>
    public double Lambda { get; init; } = 0.5;

    /// <summary>The score of a trajectory that failed or was cancelled.</summary>
    /// <value>Finite; 0 by default.</value>
    public double Failed { get; init; }

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">An option is invalid.</exception>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        ArgumentNullException.ThrowIfNull(group);
        OptionChecks.Validate(this);
        var own = ScoreOf(trajectory);
        var parent = trajectory.ParentId is { } id ? group.Where(t => t.Id == id).Select(t => (double?)ScoreOf(t)).FirstOrDefault() : null;
        double[] others = [.. group.Where(t => t.Id != trajectory.Id && t.ParentId == trajectory.ParentId && t.ForkNodeId == trajectory.ForkNodeId).Select(ScoreOf)];
        double? siblings = others.Length == 0 ? null : Moments.Of(others).Mean;
        var baseline = parent is { } p && siblings is { } s ? ((1 - Lambda) * p) + (Lambda * s) : parent ?? siblings ?? own;
        return new([Reward.ForTrajectory(Name, own + (Gamma * (own - baseline)))]);
    }

    void IChecked.Check(OptionChecks checks) => checks
        .Require(Name.Length > 0, Name, "a name")
        .Require(double.IsFinite(Gamma), Gamma, "a finite number")
        .Within(0, 1, Lambda)
        .Require(double.IsFinite(Failed), Failed, "a finite number");

    private double ScoreOf(Trajectory trajectory) => trajectory.Status == TrajectoryStatus.Completed ? Score(trajectory) : Failed;
}
