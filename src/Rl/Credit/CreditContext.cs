namespace AgentTeams.Rl;

/// <summary>What a credit rule sees: a forest of rewarded trajectories, forks beside their parents.</summary>
/// <param name="trajectories">The trajectories, each with its rewards.</param>
/// <param name="forks">Runs what would have been; null where nobody can.</param>
/// <param name="rewards">Judges those runs; null where there are none.</param>
public sealed class CreditContext(IReadOnlyList<Trajectory> trajectories, IForkRunner? forks = null, RewardComposer? rewards = null)
{
    private int _calls;

    /// <summary>The trajectories that are learned from.</summary>
    public IReadOnlyList<Trajectory> Trajectories { get; } = trajectories;

    /// <summary>The model calls that were made for forks so far; replies that were said again are none.</summary>
    public int ForkCalls => _calls;

    /// <summary>Runs forks and rewards them.</summary>
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
        return await rewards.ScoreAsync(runs, cancellationToken).ConfigureAwait(false);
    }

    private readonly IForkRunner? _runner = forks;
}
