namespace AgentTeams.Rl;

/// <summary>
/// Pays one role for the change in another: each reply of <see cref="Role"/> earns the score of the next reply of <see cref="Of"/> minus that of the last
/// one before, as a feedback agent earns the Dynamic Improvement Reward of WaltzRL (Zhang et al. 2025) and a search agent M-ASK's change of the
/// answer. Several replies of the role between the same two share the change evenly, so all rewards sum to the score of the last reply that followed
/// one of the role's, minus the first score, less what changed without the role. Replies are taken in commit order.
/// </summary>
/// <remarks>A reply after which the other role says nothing more changed nothing and earns 0. One before which it said nothing is measured from <see cref="Initial"/>.</remarks>
/// <example><code>new ImprovementReward { Role = "reviewer", Of = "writer", Score = (trajectory, reply) => Quality(reply.Text) }</code></example>
public sealed record ImprovementReward : IRewardFunction, IChecked
{
    /// <inheritdoc/>
    /// <value>"improvement" by default.</value>
    public string Name { get; init; } = "improvement";

    /// <summary>The role that is paid.</summary>
    public required string Role { get; init; }

    /// <summary>The role whose replies are scored; another one.</summary>
    public required string Of { get; init; }

    /// <summary>The score of a reply of <see cref="Of"/>; finite. It is asked once for each reply.</summary>
    public required Func<Trajectory, TrajectoryNode, double> Score { get; init; }

    /// <summary>The score before the first reply of <see cref="Of"/>.</summary>
    /// <value>Finite, 0 by default; null to pay nothing for what leads to the first reply.</value>
    public double? Initial { get; init; } = 0;

    /// <inheritdoc/>
    public bool MayAbstain => true;

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">An option is invalid.</exception>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        OptionChecks.Validate(this);
        var rewards = new List<Reward>();
        var waiting = new List<TrajectoryNode>();
        var before = Initial;
        foreach (var reply in Replies.Of(trajectory))
        {
            if (reply.Role == Role) waiting.Add(reply);
            if (reply.Role != Of) continue;
            var after = Score(trajectory, reply);
            Pay(before is null ? 0 : (after - before.Value) / Math.Max(1, waiting.Count));
            before = after;
        }

        Pay(0);
        return new(rewards);

        void Pay(double value)
        {
            // What a fork inherited was paid in its parent, but has its part of the change.
            rewards.AddRange(waiting.Where(n => !n.Inherited).Select(n => Reward.ForNode(n.Id, Name, value)));
            waiting.Clear();
        }
    }

    void IChecked.Check(OptionChecks checks) => checks
        .Require(Name.Length > 0, Name, "a name")
        .Require(Role != Of, Role, "another role than the one whose replies are scored")
        .Require(Initial is null || double.IsFinite(Initial.Value), Initial, "a finite number or null");
}
