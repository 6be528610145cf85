namespace AgentTeams.Rl;

/// <summary>Which candidate is improved next (GEPA, Agrawal et al. 2025, algorithm 2): one that is best on some task, the likelier the more tasks it is best on.</summary>
internal static class PromptFront
{
    /// <summary>On how many tasks each candidate is among the best, once those were left out that others make unneeded; 0 for these.</summary>
    public static int[] Counts(IReadOnlyList<PromptCandidate> candidates)
    {
        var tasks = candidates[0].Scores.Length;
        var fronts = new HashSet<int>[tasks];
        for (var t = 0; t < tasks; t++)
        {
            var best = candidates.Max(c => c.Scores[t]);
            fronts[t] = [.. candidates.Where(c => c.Scores[t] == best).Select(c => c.Index)];
        }

        // The worst first: a candidate is unneeded where on each of its tasks another that is still needed is as good.
        foreach (var candidate in candidates.OrderBy(c => c.Mean).ThenByDescending(c => c.Index))
        {
            if (fronts.Where(f => f.Contains(candidate.Index)).All(f => f.Count > 1))
                foreach (var front in fronts) front.Remove(candidate.Index);
        }

        return [.. candidates.Select(c => fronts.Count(f => f.Contains(c.Index)))];
    }

    public static PromptCandidate Draw(IReadOnlyList<PromptCandidate> candidates, Random random)
    {
        var counts = Counts(candidates);
        var at = random.Next(counts.Sum());
        for (var i = 0; ; i++)
        {
            if ((at -= counts[i]) < 0) return candidates[i];
        }
    }
}
