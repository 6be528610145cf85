namespace AgentTeams.Rl;

/// <summary>What a role earns of the scores s_0, s_1, ... that the team's turns reach.</summary>
public enum TurnShare
{
    /// <summary>The score of its turn, s_t; nothing in a turn without a score.</summary>
    Score,

    /// <summary>What its turn brought, s_t - s_(t-1): for roles that speak before the turn is scored.</summary>
    Delta,

    /// <summary>What the next turn brings, s_(t+1) - s_t: for roles that speak after the turn is scored, as a reflection does.</summary>
    NextDelta,
}

/// <summary>
/// Divides the scores of a trajectory's turns among roles, each by its <see cref="TurnShare"/>: the turn-level allocators of UnityMAS-O (its code and M-ASK
/// workflows). Every role's reward of a turn is one reward for its invocations in that turn. A turn may have no score: then nothing changed in it, and
/// the change counts from the last score before. The rewards of a <see cref="TurnShare.Delta"/> role that speaks in every turn telescope to the last
/// score minus <see cref="Initial"/> (Ng, Harada and Russell 1999, section 3).
/// </summary>
/// <example>
/// <code>
/// new TurnShareReward
/// {
///     Score = (trajectory, turn) => PassRate(trajectory, turn),
///     Shares = new Dictionary&lt;string, TurnShare&gt; { ["planner"] = TurnShare.Delta, ["coder"] = TurnShare.Delta, ["reflector"] = TurnShare.NextDelta },
/// }
/// </code>
/// </example>
public sealed record TurnShareReward : IRewardFunction, IChecked
{
    /// <inheritdoc/>
    /// <value>"turn" by default.</value>
    public string Name { get; init; } = "turn";

    /// <summary>The score after a turn of a trajectory, for example a pass rate or an F1; finite, or null where the turn has none.</summary>
    public required Func<Trajectory, int, double?> Score { get; init; }

    /// <summary>What each role earns; a role that is not here earns nothing.</summary>
    /// <value>At least one.</value>
    public required IReadOnlyDictionary<string, TurnShare> Shares { get; init; }

    /// <summary>The score before the first turn.</summary>
    /// <value>Finite; 0 by default.</value>
    public double Initial { get; init; }

    /// <inheritdoc/>
    public bool MayAbstain => true;

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">An option is invalid.</exception>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        OptionChecks.Validate(this);
        var turns = trajectory.Nodes.Where(n => n.Kind == NodeKind.Role).Select(n => n.Turn).Distinct().Order().ToList();
        var scores = turns.ConvertAll(t => Score(trajectory, t));
        double[] after = [.. scores.Select((_, i) => scores.Take(i + 1).LastOrDefault(s => s is not null) ?? Initial)];
        var rewards = new List<Reward>();
        foreach (var (turn, role) in Invocations.Of(trajectory).Select(i => trajectory.Nodes[i]).Where(n => Shares.ContainsKey(n.Role!)).Select(n => (n.Turn, n.Role!)).Distinct())
        {
            var t = turns.IndexOf(turn);
            rewards.Add(Reward.ForTurn(turn, role, Name, Shares[role] switch
            {
                TurnShare.Score => scores[t] ?? 0,
                TurnShare.Delta => after[t] - (t == 0 ? Initial : after[t - 1]),
                _ => t + 1 == turns.Count ? 0 : after[t + 1] - after[t],
            }));
        }

        return new(rewards);
    }

    void IChecked.Check(OptionChecks checks) => checks
        .Require(Name.Length > 0, Name, "a name")
        .Require(Shares.Count > 0, Shares.Count, "a share for at least one role", nameof(Shares))
        .Require(double.IsFinite(Initial), Initial, "a finite number");
}
