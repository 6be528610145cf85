namespace AgentTeams.Rl;

/// <summary>
/// The length penalty of Kimi k1.5 (Kimi Team 2025, section 2.3.3): among the trajectories of a group, with lengths from l_min to l_max, one of length l gets
/// λ = 0.5 - (l - l_min) / (l_max - l_min) if it is correct, and min(0, λ) if not, so that being short is never worth being wrong. All get 0 where all are
/// equally long. It needs no budget: the siblings are the measure. The paper switches it on only after a first phase without it.
/// </summary>
/// <example><code>new RelativeLengthReward { IsCorrect = t => t.Outcome == answers[t.TaskId] }</code></example>
public sealed record RelativeLengthReward : IRewardFunction, IChecked
{
    /// <inheritdoc/>
    /// <value>"relative_length" by default.</value>
    public string Name { get; init; } = "relative_length";

    /// <summary>Whose tokens are counted, in all its calls.</summary>
    /// <value>A role's, as a reward of the role; null, the default, for all roles', as a reward of the trajectory.</value>
    public string? Role { get; init; }

    /// <summary>Whether a completed trajectory is right; others count as wrong.</summary>
    public required Func<Trajectory, bool> IsCorrect { get; init; }

    /// <inheritdoc/>
    public bool MayAbstain => true;

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">An option is invalid, or a call of the group tells neither its tokens nor its usage.</exception>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        ArgumentNullException.ThrowIfNull(group);
        OptionChecks.Validate(this);
        if (Role is not null && !Replies.Calls(trajectory, Role).Any()) return new([]);
        var own = LengthOf(trajectory) ?? 0;
        long[] lengths = [.. group.Select(LengthOf).OfType<long>(), own];
        var (least, most) = (lengths.Min(), lengths.Max());
        var value = least == most ? 0 : 0.5 - ((own - least) / (double)(most - least));
        var isCorrect = trajectory.Status == TrajectoryStatus.Completed && IsCorrect(trajectory);
        return new([Replies.For(Role, Name, isCorrect ? value : Math.Min(0, value))]);
    }

    void IChecked.Check(OptionChecks checks) => checks.Require(Name.Length > 0, Name, "a name");

    // Of a fork, what it inherited is part of how long it is.
    private long? LengthOf(Trajectory trajectory)
    {
        long[] lengths = [.. trajectory.Nodes.Where(n => n.Kind == NodeKind.Role && (Role is null || n.Role == Role)).Select(c => Replies.UsageOf(trajectory, c).OutputTokens)];
        return lengths.Length == 0 ? null : lengths.Sum();
    }
}
