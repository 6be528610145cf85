namespace AgentTeams.Rl;

/// <summary>A reward function written as a delegate; it may return rewards of any scope and await a judge.</summary>
/// <param name="name">The function's name.</param>
/// <param name="score">The rewards of a trajectory, given its group.</param>
/// <param name="mayAbstain">Whether the function may return no reward for a trajectory; false by default, so that an empty answer is an error.</param>
public sealed class DelegateReward(
    string name,
    Func<Trajectory, IReadOnlyList<Trajectory>, CancellationToken, ValueTask<IReadOnlyList<Reward>>> score,
    bool mayAbstain = false) : IRewardFunction
{
    /// <summary>A function that awaits nothing.</summary>
    /// <param name="name">The function's name.</param>
    /// <param name="score">The rewards of a trajectory.</param>
    /// <param name="mayAbstain">Whether the function may return no reward for a trajectory; false by default, so that an empty answer is an error.</param>
    public DelegateReward(string name, Func<Trajectory, IReadOnlyList<Reward>> score, bool mayAbstain = false)
        : this(name, (trajectory, _, _) => new(score(trajectory)), mayAbstain) { }

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool MayAbstain => mayAbstain;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default) =>
        score(trajectory, group, cancellationToken);
}
