namespace AgentTeams;

/// <summary>Training rows from judged invocations, by policy.</summary>
internal static class RowBuilder
{
    /// <summary>A row for each invocation that can move a weight. One of advantage 0 cannot, unless the loss has terms of its own.</summary>
    /// <exception cref="AgentTeamsException">An invocation of a trainable role has no token trace.</exception>
    public static Dictionary<Policy, List<TrainingRow>> Build(IEnumerable<InvocationAdvantage> invocations, TeamModels models, bool keepZeroAdvantages)
    {
        var trainable = models.Team.Roles.Where(r => r.Trainable && !models.Team.Models.IsRemote(r.Name)).Select(r => r.Name).ToHashSet(StringComparer.Ordinal);
        var rows = new Dictionary<Policy, List<TrainingRow>>();
        foreach (var (trajectory, node, _, advantage) in invocations)
        {
            if (node.Role is not { } role || !trainable.Contains(role) || node.Error is not null) continue;
            if (node.Tokens is not { } trace)
                throw new AgentTeamsException($"The call '{node.Id}' of trainable role '{role}' in trajectory '{trajectory.Id}' has no token trace, so it cannot be trained on. Use a local model, or set the role's Trainable to false.");
            if (trace.CompletionIds.Length == 0 || (advantage == 0 && !keepZeroAdvantages)) continue;
            if (!rows.TryGetValue(trace.Policy, out var list)) rows[trace.Policy] = list = [];
            var advantages = new float[trace.CompletionIds.Length];
            Array.Fill(advantages, (float)advantage);
            list.Add(new TrainingRow
            {
                Role = role,
                PromptIds = trace.PromptIds,
                CompletionIds = trace.CompletionIds,
                Temperature = trace.Temperature > 0 ? trace.Temperature : 1,
                Constraints = trace.Constraints,
                Advantages = advantages,
                BehaviorLogProbs = trace.LogProbs,
                TrajectoryId = trajectory.Id,
                NodeId = node.Id,
            });
        }

        return rows.ToDictionary(p => p.Key, p => Merge(p.Value));
    }

    // Samples of a confident policy repeat each other. Equal rows have equal scores and gradients, so one row with the mean
    // advantage and the summed weight stands for all of them (exactly, while no ratio is clipped) at a fraction of the work.
    private static List<TrainingRow> Merge(List<TrainingRow> rows) =>
    [
        .. rows.GroupBy(r => r, EqualTokens.Instance).Select(equal =>
        {
            var first = equal.Key;
            var count = equal.Count();
            var (weights, advantages) = (new float[first.CompletionIds.Length], new float[first.CompletionIds.Length]);
            Array.Fill(weights, count);
            Array.Fill(advantages, (float)equal.Average(r => (double)r.Advantages[0]));
            return first with { Weights = weights, Advantages = advantages };
        }),
    ];

    /// <summary>Splits rows into updates of about equal size without cutting a trajectory.</summary>
    public static IEnumerable<IReadOnlyList<TrainingRow>> Split(List<TrainingRow> rows, int parts)
    {
        var update = new List<TrainingRow>();
        var done = 0;
        var made = 0;
        foreach (var trajectory in rows.GroupBy(r => r.TrajectoryId, StringComparer.Ordinal))
        {
            update.AddRange(trajectory);
            if (done + update.Count < (long)rows.Count * (made + 1) / parts) continue;
            done += update.Count;
            made++;
            yield return update;
            update = [];
        }

        if (update.Count > 0) yield return update;
    }

    private sealed class EqualTokens : IEqualityComparer<TrainingRow>
    {
        public static EqualTokens Instance { get; } = new();

        public bool Equals(TrainingRow? x, TrainingRow? y) => x is not null && y is not null && x.Role == y.Role && x.Temperature == y.Temperature
            && x.PromptIds.AsSpan().SequenceEqual(y.PromptIds) && x.CompletionIds.AsSpan().SequenceEqual(y.CompletionIds)
            && x.BehaviorLogProbs.AsSpan().SequenceEqual(y.BehaviorLogProbs) && x.Constraints == y.Constraints;

        public int GetHashCode(TrainingRow row)
        {
            var hash = new HashCode();
            hash.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(row.PromptIds.AsSpan()));
            hash.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(row.CompletionIds.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
