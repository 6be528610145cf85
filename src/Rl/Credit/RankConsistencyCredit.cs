namespace AgentTeams.Rl;

/// <summary>
/// Own rewards plus the team's, weighted by how well the two agree: a role whose own reward ranks the group's runs as the outcome does learns more from the outcome. The idea
/// is CoMAM's (arXiv 2503), whose weight is not published; this one is ours. Local is what a role's own rewards come to in a run, global what those of the
/// whole trajectory do.
/// </summary>
public sealed record RankConsistencyCredit : ICreditAssigner
{
    /// <summary>How agreement becomes a weight.</summary>
    /// <value><see cref="RankWeight.Softmax"/> by default.</value>
    public RankWeight Weight { get; init; } = RankWeight.Softmax;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<InvocationReturn>> AssignAsync(CreditContext batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return ValueTask.FromResult<IReadOnlyList<InvocationReturn>>([.. batch.Trajectories.GroupBy(t => t.GroupId, StringComparer.Ordinal).SelectMany(g => Assign([.. g]))]);
    }

    /// <summary>The weights of the roles of a group.</summary>
    /// <param name="local">For each role, what its own rewards came to in each run.</param>
    /// <param name="global">What the team's rewards came to in each run.</param>
    public IReadOnlyList<double> WeightsOf(IReadOnlyList<double[]> local, double[] global)
    {
        ArgumentNullException.ThrowIfNull(local);
        ArgumentNullException.ThrowIfNull(global);
        if (Weight == RankWeight.Ndcg)
        {
            double[] gains = [.. local.Select(l => Ranks.Ndcg(l, global))];
            return [.. gains.Select(g => gains.Sum() == 0 ? 1.0 / gains.Length : g / gains.Sum())];
        }

        double[] agreement = [.. local.Select(l => Ranks.Spearman(l, global))];
        if (Weight == RankWeight.Clipped) return [.. agreement.Select(a => Math.Clamp(a, 0, 1))];
        double[] scores = [.. agreement.Select(Math.Exp)];
        return [.. scores.Select(s => s / scores.Sum())];
    }

    private IEnumerable<InvocationReturn> Assign(Trajectory[] group)
    {
        string[] roles = [.. group.SelectMany(t => Invocations.Of(t).Select(i => t.Nodes[i].Role!)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var own = group.Select(t => OwnRewards.Assign(t, shared: 0)).ToArray();
        double[] global = [.. group.Select(t => Moments.Sum([.. t.Rewards.Where(r => r.Target.Scope == RewardScope.Trajectory).Select(r => r.Weight * r.Value)]))];
        var local = roles.Select(role => own.Select(rows => rows.Where(r => r.Node.Role == role).Select(r => r.Return).DefaultIfEmpty(0).Average()).ToArray()).ToArray();
        var weights = WeightsOf(local, global);
        return own.SelectMany((rows, t) => rows.Select(r => r with { Return = r.Return + weights[Array.IndexOf(roles, r.Node.Role)] * global[t] }));
    }
}

/// <summary>How the agreement of two rankings becomes a weight.</summary>
public enum RankWeight
{
    /// <summary>exp(Spearman's correlation), divided by the sum over the roles.</summary>
    Softmax,

    /// <summary>Spearman's correlation, 0 where it is negative; weights need not sum to 1.</summary>
    Clipped,

    /// <summary>The normalised discounted gain of the outcome in the role's order, divided by the sum over the roles.</summary>
    Ndcg,
}
