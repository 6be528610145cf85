using System.Collections.Immutable;

namespace AgentTeams.Rl;

/// <summary>
/// Values backed up a tree of forks: an invocation earns the discounted return from its turn on, averaged over all runs that went on from it (MALT: Motwani et al. 2024,
/// section 3.2; MAGRPO's tree: Liu et al. 2025), or the best of them (search: MARS2). A batch without forks gives <see cref="ReturnToGoCredit"/>. Compare
/// siblings with <see cref="GroupKey.Context"/>.
/// </summary>
public sealed record TreeBackupCredit : ICreditAssigner, IChecked
{
    /// <summary>The discount for each turn.</summary>
    /// <value>0 to 1; 1 by default.</value>
    public double Gamma { get; init; } = 1;

    /// <summary>Whether the best run behind an invocation counts instead of their mean.</summary>
    /// <value>False by default.</value>
    public bool Max { get; init; }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<InvocationReturn>> AssignAsync(CreditContext batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        OptionChecks.Validate(this);
        var byId = batch.Trajectories.ToDictionary(t => t.Id, StringComparer.Ordinal);
        var behind = new Dictionary<(string Run, string Node), List<double>>();
        var rewards = new Dictionary<string, ImmutableArray<Reward>>(StringComparer.Ordinal);
        foreach (var run in batch.Trajectories)
        {
            var turns = ReturnToGoCredit.ByTurn(run with { Rewards = RewardsOf(run) }, Gamma);
            foreach (var node in run.Nodes.Where(n => n.Kind == NodeKind.Role && n.Turn < turns.Length))
            {
                var key = (Owner(run, node, byId).Id, node.Id);
                if (!behind.TryGetValue(key, out var values)) behind[key] = values = [];
                values.Add(turns[node.Turn]);
            }
        }

        return ValueTask.FromResult<IReadOnlyList<InvocationReturn>>([.. batch.Trajectories.SelectMany(t => Invocations.Of(t).Select(i =>
        {
            double[] values = [.. behind[(t.Id, t.Nodes[i].Id)]];
            return new InvocationReturn(t, t.Nodes[i], Max ? values.Max() : Moments.Of(values).Mean);
        }))]);

        // A fork is not paid again for what it inherited, but whoever wrote that earned it on this way too.
        ImmutableArray<Reward> RewardsOf(Trajectory run) => rewards.TryGetValue(run.Id, out var known) ? known : rewards[run.Id] = run.ParentId is { } parent && byId.TryGetValue(parent, out var above)
                ? [.. run.Rewards, .. RewardsOf(above).Where(r => RewardAttribution.IsInherited(run, r) && !run.Rewards.Any(own => own.Name == r.Name && own.Target == r.Target))]
                : run.Rewards;
    }

    void IChecked.Check(OptionChecks checks) => checks.Within(0, 1, Gamma);

    // The run in which the node was written.
    private static Trajectory Owner(Trajectory run, TrajectoryNode node, Dictionary<string, Trajectory> byId)
    {
        while (run.Nodes.Any(n => n.Id == node.Id && n.Inherited) && run.ParentId is { } parent && byId.TryGetValue(parent, out var above)) run = above;
        return run;
    }
}
