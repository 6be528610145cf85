namespace AgentTeams.Rl;

/// <summary>
/// A price for each token that a role, or the whole team, writes: -min(<see cref="Most"/>, max(0, n - <see cref="Free"/>) / <see cref="Budget"/>) for n
/// tokens in all its calls, those included whose answers failed validation. Linear in the excess, as L1's exact objective is (Aggarwal and Welleck
/// 2025, equation 1), but one-sided: saying less is never punished. A trajectory in which the role did not speak gets no reward.
/// </summary>
/// <example><code>new RewardComposer().Add(outcome).Add(new LengthReward { Role = "coder", Budget = 256 }, 0.1)</code></example>
public sealed record LengthReward : IRewardFunction, IChecked
{
    /// <inheritdoc/>
    /// <value>"length" by default.</value>
    public string Name { get; init; } = "length";

    /// <summary>Whose tokens are priced.</summary>
    /// <value>A role's, as a reward of the role; null, the default, for all roles', as a reward of the trajectory.</value>
    public string? Role { get; init; }

    /// <summary>How many tokens cost 1.</summary>
    /// <value>At least 1.</value>
    public required int Budget { get; init; }

    /// <summary>How many tokens cost nothing.</summary>
    /// <value>At least 0; 0 by default. <see cref="Budget"/>, to price only what exceeds it.</value>
    public int Free { get; init; }

    /// <summary>The most that tokens cost, however many.</summary>
    /// <value>Above 0; infinity by default.</value>
    public double Most { get; init; } = double.PositiveInfinity;

    /// <inheritdoc/>
    public bool MayAbstain => true;

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">An option is invalid, or a call tells neither its tokens nor its usage.</exception>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        OptionChecks.Validate(this);
        long[] lengths = [.. Replies.Calls(trajectory, Role).Select(c => Replies.UsageOf(trajectory, c).OutputTokens)];
        if (Role is not null && lengths.Length == 0) return new([]);
        return new([Replies.For(Role, Name, -Math.Min(Most, Math.Max(0.0, lengths.Sum() - Free) / Budget))]);
    }

    void IChecked.Check(OptionChecks checks) => checks
        .Require(Name.Length > 0, Name, "a name")
        .AtLeast(1, Budget)
        .AtLeast(0, Free)
        .Require(Most > 0, Most, "a number above 0");
}
