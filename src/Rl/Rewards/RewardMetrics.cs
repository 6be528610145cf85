namespace AgentTeams.Rl;

/// <summary>Summaries of a scored batch, under the names that TRL gives them.</summary>
internal static class RewardMetrics
{
    /// <summary>
    /// <c>reward</c> and <c>reward_std</c>: mean and unbiased standard deviation over trajectories of the weighted sum of all
    /// rewards. <c>rewards/{name}/mean</c> and <c>rewards/{name}/std</c>: the same of each unweighted reward, where several of
    /// one name in a trajectory are averaged and trajectories without it do not count. A single value has deviation 0.
    /// </summary>
    /// <param name="trajectories">The scored batch; an empty one gives no metrics.</param>
    public static IReadOnlyDictionary<string, double> Of(IReadOnlyList<Trajectory> trajectories)
    {
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal);
        if (trajectories.Count == 0) return metrics;
        var total = Moments.Of([.. trajectories.Select(t => Moments.Sum([.. t.Rewards.Select(r => r.Weight * r.Value)]))]);
        metrics["reward"] = total.Mean;
        metrics["reward_std"] = total.Std(VarianceDivisor.Unbiased);
        var named = trajectories.SelectMany(t => t.Rewards.GroupBy(r => r.Name, r => r.Value, StringComparer.Ordinal)
            .Select(g => (g.Key, Moments.Of([.. g]).Mean)));
        foreach (var name in named.GroupBy(n => n.Key, n => n.Mean, StringComparer.Ordinal))
        {
            var moments = Moments.Of([.. name]);
            metrics[$"rewards/{name.Key}/mean"] = moments.Mean;
            metrics[$"rewards/{name.Key}/std"] = moments.Std(VarianceDivisor.Unbiased);
        }

        return metrics;
    }
}
