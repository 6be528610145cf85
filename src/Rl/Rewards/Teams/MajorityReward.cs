namespace AgentTeams.Rl;

/// <summary>
/// Self-consistency as the label, where none is known: 1 for a trajectory whose answer is the one that most of its group gave, otherwise 0 (TTRL, Zuo et al.
/// 2025). Of answers that equally many gave each counts as the majority. It can only sharpen what the team mostly says, right or wrong: watch an
/// evaluation with real labels beside it.
/// </summary>
/// <example><code>new MajorityReward { MinShare = 0.5 }</code></example>
public sealed record MajorityReward : IRewardFunction, IChecked
{
    /// <inheritdoc/>
    /// <value>"majority" by default.</value>
    public string Name { get; init; } = "majority";

    /// <summary>The answer of a completed trajectory, or null where there is none; answers are equal as texts.</summary>
    /// <value>Its outcome by default.</value>
    public Func<Trajectory, string?> Answer { get; init; } = trajectory => trajectory.Outcome;

    /// <summary>The least part of the group that must agree; below it the group has no majority and all of it gets 0.</summary>
    /// <value>0 to 1; 0 by default.</value>
    public double MinShare { get; init; }

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">An option is invalid.</exception>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        ArgumentNullException.ThrowIfNull(group);
        OptionChecks.Validate(this);
        var counts = group.Select(AnswerOf).OfType<string>().CountBy(a => a, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var most = counts.Values.DefaultIfEmpty().Max();
        var agrees = AnswerOf(trajectory) is { } own && counts.GetValueOrDefault(own) == most && most >= MinShare * group.Count;
        return new([Reward.ForTrajectory(Name, agrees ? 1 : 0)]);
    }

    void IChecked.Check(OptionChecks checks) => checks.Require(Name.Length > 0, Name, "a name").Within(0, 1, MinShare);

    private string? AnswerOf(Trajectory trajectory) => trajectory.Status == TrajectoryStatus.Completed ? Answer(trajectory) : null;
}
