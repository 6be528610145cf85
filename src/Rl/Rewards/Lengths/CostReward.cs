namespace AgentTeams.Rl;

/// <summary>
/// What a role, or the whole team, cost: -min(<see cref="Most"/>, cost / <see cref="Budget"/>), with the tokens of every call priced, read and written,
/// those included whose answers failed validation: the cost of FrugalGPT (Chen et al. 2023, section 2), relative to a budget so that its
/// weight means the same in every currency. A trajectory in which the role did not speak gets no reward.
/// </summary>
/// <example><code>new CostReward { Prices = role => role == "planner" ? new(2.5m, 10m) : new(0.15m, 0.6m), Budget = 0.01 }</code></example>
public sealed record CostReward : IRewardFunction, IChecked
{
    /// <inheritdoc/>
    /// <value>"cost" by default.</value>
    public string Name { get; init; } = "cost";

    /// <summary>Whose calls are priced.</summary>
    /// <value>A role's, as a reward of the role; null, the default, for all roles', as a reward of the trajectory.</value>
    public string? Role { get; init; }

    /// <summary>The price of a role's tokens.</summary>
    public required Func<string, TokenPrice> Prices { get; init; }

    /// <summary>The money that counts as 1, in the currency of the prices.</summary>
    /// <value>Finite, above 0.</value>
    public required double Budget { get; init; }

    /// <summary>The most that a run costs, in budgets.</summary>
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
        decimal[] costs = [.. Replies.Calls(trajectory, Role).Select(c => Prices(c.Role ?? "").CostOf(Replies.UsageOf(trajectory, c)))];
        if (Role is not null && costs.Length == 0) return new([]);
        return new([Replies.For(Role, Name, -Math.Min(Most, (double)costs.Sum() / Budget))]);
    }

    void IChecked.Check(OptionChecks checks) => checks
        .Require(Name.Length > 0, Name, "a name")
        .Positive(Budget)
        .Require(Most > 0, Most, "a number above 0");
}
