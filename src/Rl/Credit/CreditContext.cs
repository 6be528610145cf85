namespace AgentTeams.Rl;

/// <summary>What a credit rule sees: a forest of rewarded trajectories, forks beside their parents.</summary>
/// <param name="trajectories">The trajectories, each with its rewards.</param>
/// <param name="forks">Runs what would have been; null where nobody can.</param>
/// <param name="rewards">Judges those runs; null where there are none.</param>
public sealed class CreditContext(IReadOnlyList<Trajectory> trajectories, IForkRunner? forks = null, RewardComposer? rewards = null)
{
    private readonly IForkRunner? _runner = forks;
    private int _calls;

    /// <summary>The trajectories that are learned from.</summary>
    public IReadOnlyList<Trajectory> Trajectories { get; } = trajectories;

    /// <summary>The model calls that were made for forks so far; replies that were said again are none.</summary>
    public int ForkCalls => _calls;

    /// <summary>
    /// Runs forks and rewards them, each as a whole: also for what it inherited, so that it is comparable with its parent, whose return is then <see cref="WorthAsync"/>. Only what it did not inherit
    /// can be learned from.
    /// </summary>
    /// <param name="forks">The forks.</param>
    /// <param name="cancellationToken">Ends them.</param>
    /// <exception cref="AgentTeamsException">There is nobody to run them, or a run failed for reasons that are not the roles'.</exception>
    public async Task<IReadOnlyList<Trajectory>> ForkAsync(IReadOnlyList<Fork> forks, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(forks);
        if (_runner is null || rewards is null)
            throw new AgentTeamsException("The credit rule asks what would have happened otherwise, but nobody can run the team again here. Train on tasks, whose runs can be "
                + "forked, or choose another rule.");
        var runs = await _runner.RunAsync(forks, cancellationToken).ConfigureAwait(false);
        if (runs.FirstOrDefault(RolloutsFailedException.IsBroken) is { } broken)
            throw new AgentTeamsException($"A fork of the trajectory '{broken.ParentId}' broke: {broken.Error?.Message ?? broken.Status.ToString()}. Its outcome says nothing about the "
                + "roles, so no credit can be given.");
        _calls += runs.Sum(r => r.Nodes.Count(n => n is { Kind: NodeKind.Role, Inherited: false, Usage.OutputTokens: > 0 }));
        return await ScoreAsync(runs, rewards, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What runs earned as a whole: of a run that is itself a fork, with what its inherited part earned in its parent.</summary>
    /// <param name="runs">Rewarded runs.</param>
    /// <param name="cancellationToken">Ends the judging of forks.</param>
    public async Task<IReadOnlyList<double>> WorthAsync(IReadOnlyList<Trajectory> runs, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var forks = runs.Where(r => r.Nodes.Any(n => n.Inherited)).ToList();
        if (forks.Count == 0 || rewards is null) return [.. runs.Select(Totals.Of)];
        var whole = new Queue<Trajectory>(await ScoreAsync(forks, rewards, cancellationToken).ConfigureAwait(false));
        return [.. runs.Select(r => Totals.Of(r.Nodes.Any(n => n.Inherited) ? whole.Dequeue() : r))];
    }

    private static async Task<IReadOnlyList<Trajectory>> ScoreAsync(IReadOnlyList<Trajectory> runs, RewardComposer rewards, CancellationToken cancellationToken)
    {
        var scored = await rewards.ScoreAsync([.. runs.Select(r => r with { Nodes = [.. r.Nodes.Select(n => n.Inherited ? n with { Inherited = false } : n)] })], cancellationToken).ConfigureAwait(false);
        return [.. runs.Zip(scored, (run, whole) => run with { Rewards = whole.Rewards })];
    }
}
