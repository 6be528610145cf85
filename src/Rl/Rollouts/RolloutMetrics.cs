namespace AgentTeams.Rl;

/// <summary>What can be read off a step's trajectories.</summary>
internal static class RolloutMetrics
{
    public static void Add(SortedDictionary<string, double> metrics, IReadOnlyList<Trajectory> trajectories)
    {
        foreach (var (name, value) in RewardMetrics.Of(trajectories)) metrics[name] = value;
        metrics["rollouts"] = trajectories.Count;
        metrics["rollouts/failed"] = trajectories.Count(t => t.Status != TrajectoryStatus.Completed);
        metrics["tools/call_count"] = trajectories.Sum(t => t.Nodes.Count(n => n.Kind == NodeKind.Tool));
        metrics["tokens/input"] = trajectories.Sum(t => t.Usage.InputTokens);
        metrics["tokens/output"] = trajectories.Sum(t => t.Usage.OutputTokens);
        var traces = trajectories.SelectMany(t => t.Nodes).Where(n => !n.Inherited).Select(n => n.Tokens).OfType<TokenTrace>().ToList();
        if (traces.Exists(t => t.AcceptedTokens is not null)) metrics["speculative/accepted_tokens"] = (double)traces.Sum(t => t.AcceptedTokens ?? 0) / traces.Sum(t => t.CompletionIds.Length);
        foreach (var role in trajectories.SelectMany(t => t.Nodes).Where(n => n.Tokens is not null).GroupBy(n => n.Role!, StringComparer.Ordinal))
            metrics[$"{role.Key}/completions/mean_length"] = role.Average(n => n.Tokens!.CompletionIds.Length);
    }
}
