namespace AgentTeams.Rl;

/// <summary>
/// A bonus for the team where several roles' criteria hold together: <see cref="Bonus"/> if at least <see cref="AtLeast"/> of them hold, otherwise
/// <see cref="Otherwise"/>. As the cooperation term of MAGRPO's code reward (Liu et al. 2025), which pays only where the helper is written and the main
/// function calls it. A role that said nothing meets no criterion.
/// </summary>
/// <example>
/// <code>
/// new CooperationReward
/// {
///     Criteria = new Dictionary&lt;string, Func&lt;Trajectory, string, bool&gt;&gt; { ["helper"] = (_, text) => Parses(text), ["main"] = (_, text) => text.Contains("aux(") },
/// }
/// </code>
/// </example>
public sealed record CooperationReward : IRewardFunction, IChecked
{
    /// <inheritdoc/>
    /// <value>"cooperation" by default.</value>
    public string Name { get; init; } = "cooperation";

    /// <summary>What must hold of each role's last reply, from its text.</summary>
    /// <value>Of at least two roles.</value>
    public required IReadOnlyDictionary<string, Func<Trajectory, string, bool>> Criteria { get; init; }

    /// <summary>How many criteria must hold.</summary>
    /// <value>From 1 to their number; null, the default, for all of them.</value>
    public int? AtLeast { get; init; }

    /// <summary>The value where they hold.</summary>
    /// <value>Finite; 1 by default.</value>
    public double Bonus { get; init; } = 1;

    /// <summary>The value where they do not, and of a trajectory that failed or was cancelled.</summary>
    /// <value>Finite; 0 by default.</value>
    public double Otherwise { get; init; }

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">An option is invalid.</exception>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        OptionChecks.Validate(this);
        var held = trajectory.Status != TrajectoryStatus.Completed ? 0
            : Criteria.Count(c => Replies.Of(trajectory, c.Key).LastOrDefault() is { } reply && c.Value(trajectory, reply.Text));
        return new([Reward.ForTrajectory(Name, held >= (AtLeast ?? Criteria.Count) ? Bonus : Otherwise)]);
    }

    void IChecked.Check(OptionChecks checks) => checks
        .Require(Name.Length > 0, Name, "a name")
        .Require(Criteria.Count >= 2, Criteria.Count, "criteria of at least two roles", nameof(Criteria))
        .Require(AtLeast is null || (AtLeast >= 1 && AtLeast <= Criteria.Count), AtLeast, $"a number from 1 to {Criteria.Count}, or null for all")
        .Require(double.IsFinite(Bonus), Bonus, "a finite number")
        .Require(double.IsFinite(Otherwise), Otherwise, "a finite number");
}
