namespace AgentTeams.Rl;

/// <summary>
/// The improvement that each turn brought: r_t = s_t - s_(t-1) with s_(-1) the initial score. The rewards telescope: they sum
/// to the last score minus the initial one. This is potential-based shaping without discount (Ng, Harada and Russell 1999,
/// section 3). Turns are those in which a role spoke, in ascending order; a trajectory without any gets no reward.
/// </summary>
/// <param name="score">The score after a turn of a trajectory, for example a pass rate; must be finite.</param>
/// <param name="name">The rewards' name; "delta" by default.</param>
/// <param name="initial">The score before the first turn; 0 by default.</param>
public sealed class TurnDeltaReward(Func<Trajectory, int, double> score, string name = "delta", double initial = 0) : IRewardFunction
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool MayAbstain => true;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        var rewards = new List<Reward>();
        var before = initial;
        foreach (var turn in trajectory.Nodes.Where(n => n.Kind == NodeKind.Role).GroupBy(n => n.Turn).OrderBy(t => t.Key))
        {
            var after = score(trajectory, turn.Key);
            // A turn that a fork inherited as a whole was paid in its parent.
            if (turn.Any(n => !n.Inherited)) rewards.Add(Reward.ForTurn(turn.Key, name, after - before));
            before = after;
        }

        return new(rewards);
    }
}
