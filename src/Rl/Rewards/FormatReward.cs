namespace AgentTeams.Rl;

/// <summary>
/// One reward for each reply of a role, from its text alone. A call without output and a call that answered with tool calls
/// are not replies and are not judged, and what a fork inherited was judged in its parent; a trajectory in which the role never replied gets no reward.
/// </summary>
/// <param name="role">The role that is judged.</param>
/// <param name="score">The value of a reply's text; must be finite.</param>
/// <param name="name">The reward's name; "format" by default.</param>
public sealed class FormatReward(string role, Func<string, double> score, string name = "format") : IRewardFunction
{
    /// <summary>1 for a reply that is well formed, otherwise 0.</summary>
    /// <param name="role">The role that is judged.</param>
    /// <param name="isWellFormed">Whether a reply's text is well formed.</param>
    /// <param name="name">The reward's name; "format" by default.</param>
    public FormatReward(string role, Func<string, bool> isWellFormed, string name = "format")
        : this(role, text => isWellFormed(text) ? 1.0 : 0.0, name) { }

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool MayAbstain => true;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        return new([.. trajectory.Nodes.Where(n => n.Role == role && Replies.Is(n) && !n.Inherited).Select(n => Reward.ForNode(n.Id, name, score(n.Text)))]);
    }
}
