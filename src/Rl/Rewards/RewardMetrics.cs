namespace AgentTeams.Rl;

/// <summary>Summaries of a scored batch, under the names that TRL gives them.</summary>
internal static class RewardMetrics
{
    /// <summary>
    /// <c>reward</c> and <c>reward_std</c>: mean and unbiased standard deviation over trajectories of the weighted sum of all
    /// rewards. <c>rewards/{name}/mean</c> and <c>rewards/{name}/std</c>: the same of each unweighted reward, where several of
    /// one name in a trajectory are averaged and trajectories without it do not count. A single value has deviation 0.
    /// <c>{role}/rewards/{name}/mean</c> and <c>/std</c>: the same of the rewards that a role's invocations earn, the team's rewards included.
    /// </summary>
    /// <param name="trajectories">The scored batch; an empty one gives no metrics.</param>
    public static IReadOnlyDictionary<string, double> Of(IReadOnlyList<Trajectory> trajectories)
    {
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal);
        if (trajectories.Count == 0) return metrics;
        var total = Moments.Of([.. trajectories.Select(Totals.Of)]);
        metrics["reward"] = total.Mean;
        metrics["reward_std"] = total.Std(VarianceDivisor.Unbiased);
        Add(metrics, "", trajectories, (_, _) => [""]);
        Add(metrics, "/", trajectories, RewardAttribution.Roles);
        return metrics;
    }

    private static void Add(SortedDictionary<string, double> metrics, string behind, IReadOnlyList<Trajectory> trajectories, Func<Trajectory, Reward, IEnumerable<string>> rolesOf)
    {
        var means = trajectories.SelectMany(t => t.Rewards.SelectMany(r => rolesOf(t, r), (reward, role) => (Key: $"{role}{behind}rewards/{reward.Name}", reward.Value))
            .GroupBy(r => r.Key, r => r.Value, StringComparer.Ordinal).Select(g => (g.Key, Moments.Of([.. g]).Mean)));
        foreach (var name in means.GroupBy(m => m.Key, m => m.Mean, StringComparer.Ordinal))
        {
            var moments = Moments.Of([.. name]);
            metrics[$"{name.Key}/mean"] = moments.Mean;
            metrics[$"{name.Key}/std"] = moments.Std(VarianceDivisor.Unbiased);
        }
    }
}
