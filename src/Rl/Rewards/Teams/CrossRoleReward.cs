namespace AgentTeams.Rl;

/// <summary>
/// Judges a role by what another role said: a planner by the coder's code, a question's writer by how well it was answered. One reward for all invocations
/// of <see cref="Role"/>; a trajectory in which either did not reply gets none. CPMobius pays its coach for its player in this way; with one minus
/// the solver's success as the score it is the reward of an adversary.
/// </summary>
/// <example><code>new CrossRoleReward { Role = "planner", From = "coder", Score = (trajectory, replies) => Compiles(replies[^1].Text) ? 1 : 0 }</code></example>
public sealed record CrossRoleReward : IRewardFunction, IChecked
{
    /// <inheritdoc/>
    /// <value>"cross_role" by default.</value>
    public string Name { get; init; } = "cross_role";

    /// <summary>The role that is rewarded.</summary>
    public required string Role { get; init; }

    /// <summary>The role whose replies are judged; another one.</summary>
    public required string From { get; init; }

    /// <summary>The value of the replies of <see cref="From"/>, at least one, in commit order; finite.</summary>
    public required Func<Trajectory, IReadOnlyList<TrajectoryNode>, double> Score { get; init; }

    /// <inheritdoc/>
    public bool MayAbstain => true;

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">An option is invalid.</exception>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        OptionChecks.Validate(this);
        TrajectoryNode[] replies = [.. Replies.Of(trajectory, From)];
        var spoke = Invocations.Of(trajectory).Any(i => trajectory.Nodes[i].Role == Role);
        return new(replies.Length == 0 || !spoke ? [] : [Reward.ForRole(Role, Name, Score(trajectory, replies))]);
    }

    void IChecked.Check(OptionChecks checks) => checks
        .Require(Name.Length > 0, Name, "a name")
        .Require(Role != From, Role, "another role than the one whose replies are judged");
}
