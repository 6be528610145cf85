namespace AgentTeams.Rl;

/// <summary>
/// The soft overlong punishment of DAPO (Yu et al. 2025, section 3.4, equation 13): a call of n tokens gets 0 up to <see cref="MaxTokens"/> -
/// <see cref="Buffer"/>, then falls linearly, and gets -<see cref="Factor"/> from <see cref="MaxTokens"/> on. One reward for each role invocation; a
/// trajectory without any gets none.
/// </summary>
/// <example><code>new OverlongReward { MaxTokens = 1024, Buffer = 256 }</code></example>
public sealed record OverlongReward : IRewardFunction, IChecked
{
    /// <inheritdoc/>
    /// <value>"overlong" by default.</value>
    public string Name { get; init; } = "overlong";

    /// <summary>Whose calls are judged; null, the default, for every role's.</summary>
    public string? Role { get; init; }

    /// <summary>The length at which the full punishment is reached, in tokens; usually the limit of the role's replies.</summary>
    /// <value>At least <see cref="Buffer"/>.</value>
    public required int MaxTokens { get; init; }

    /// <summary>Over how many tokens before <see cref="MaxTokens"/> the punishment grows.</summary>
    /// <value>At least 1; DAPO takes a fifth of its maximum (4,096 of 20,480).</value>
    public required int Buffer { get; init; }

    /// <summary>The full punishment.</summary>
    /// <value>Finite, at least 0; 1 by default.</value>
    public double Factor { get; init; } = 1;

    /// <inheritdoc/>
    public bool MayAbstain => true;

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">An option is invalid, or a call tells neither its tokens nor its usage.</exception>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        OptionChecks.Validate(this);
        return new([.. Invocations.Of(trajectory).Select(i => trajectory.Nodes[i]).Where(n => Role is null || n.Role == Role)
            .Select(n => Reward.ForNode(n.Id, Name, Punishment(Replies.UsageOf(trajectory, n).OutputTokens)))]);
    }

    void IChecked.Check(OptionChecks checks) => checks
        .Require(Name.Length > 0, Name, "a name")
        .AtLeast(1, Buffer)
        .Require(MaxTokens >= Buffer, MaxTokens, $"at least the buffer, {Buffer}")
        .Within(0, double.PositiveInfinity, Factor);

    private double Punishment(long length) => -Factor * Math.Clamp((length - (MaxTokens - Buffer)) / (double)Buffer, 0, 1);
}
