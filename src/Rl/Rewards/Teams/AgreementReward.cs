namespace AgentTeams.Rl;

/// <summary>
/// How far roles agree: the part of all pairs of roles that give the same answer, Σ_(i&lt;j) [a_i = a_j] / (n (n - 1) / 2), 0 to 1. A role without an
/// answer agrees with nobody. Agreement is worth something only beside an outcome reward: roles that agree on anything are paid too.
/// </summary>
/// <example><code>new AgreementReward { Roles = ["solver", "checker"], Answer = reply => LastNumber(reply.Text) }</code></example>
public sealed record AgreementReward : IRewardFunction, IChecked
{
    /// <inheritdoc/>
    /// <value>"agreement" by default.</value>
    public string Name { get; init; } = "agreement";

    /// <summary>The roles that are compared.</summary>
    /// <value>At least two, each once.</value>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>The answer in a role's last reply, or null where there is none; answers are equal as texts.</summary>
    /// <value>The whole text without the spaces around it by default.</value>
    public Func<TrajectoryNode, string?> Answer { get; init; } = reply => reply.Text.Trim();

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">An option is invalid.</exception>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        OptionChecks.Validate(this);
        var counts = Roles.Select(r => Replies.Of(trajectory, r).LastOrDefault() is { } reply ? Answer(reply) : null).OfType<string>()
            .CountBy(a => a, StringComparer.Ordinal);
        var pairs = Roles.Count * (Roles.Count - 1) / 2;
        return new([Reward.ForTrajectory(Name, counts.Sum(c => c.Value * (c.Value - 1) / 2) / (double)pairs)]);
    }

    void IChecked.Check(OptionChecks checks) => checks
        .Require(Name.Length > 0, Name, "a name")
        .Require(Roles.Count >= 2 && Roles.Distinct(StringComparer.Ordinal).Count() == Roles.Count, string.Join(", ", Roles), "at least two roles, each once", nameof(Roles));
}
