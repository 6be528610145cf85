namespace AgentTeams.Rl;

/// <summary>Training rows from judged invocations, by policy.</summary>
internal static class RowBuilder
{
    /// <summary>
    /// A row for each invocation, also of advantage 0: it counts as a sample wherever a loss takes a mean, though it may push nothing.
    /// </summary>
    /// <exception cref="AgentTeamsException">An invocation of a trainable role has no token trace, or one of a policy that is not trained.</exception>
    public static Dictionary<PolicyId, List<TrainingRow>> Build(IEnumerable<InvocationAdvantage> invocations, TeamModels models)
    {
        var trainable = models.Team.Roles.Where(r => r.Trainable && !models.Team.Models.IsFrozen(r.Name)).Select(r => r.Name).ToHashSet(StringComparer.Ordinal);
        var policies = models.TrainablePolicies.ToHashSet();
        var rows = new Dictionary<PolicyId, List<TrainingRow>>();
        foreach (var (trajectory, node, _, estimate, values) in invocations)
        {
            if (node.Role is not { } role || !trainable.Contains(role)) continue;
            if (node.Tokens is not { } trace)
                throw new AgentTeamsException($"The call '{node.Id}' of trainable role '{role}' in trajectory '{trajectory.Id}' has no token trace, so it "
                    + "cannot be trained on. Use a local model, or set the role's Trainable to false.");
            if (!policies.Contains(trace.Policy))
                throw new AgentTeamsException($"The call '{node.Id}' of role '{role}' in trajectory '{trajectory.Id}' was sampled from '{trace.Policy}', "
                    + $"which is not trained here. Trained are: {string.Join(", ", models.TrainablePolicies)}. Record the runs with the clients of this team.");
            if (RlRows.Of(trajectory, node) is not { } row) continue;
            if (!rows.TryGetValue(trace.Policy, out var list)) rows[trace.Policy] = list = [];
            list.Add(row with { Advantages = Floats(estimate.Advantages), Returns = Floats(estimate.Returns), BehaviorValues = Floats(values) });
        }

        return rows;
    }

    private static float[] Floats(IReadOnlyList<double> values)
    {
        var floats = new float[values.Count];
        for (var i = 0; i < floats.Length; i++) floats[i] = (float)values[i];
        return floats;
    }

    /// <summary>Splits rows into updates of about equal size without cutting a trajectory or a coupling; the last row always ends the last update.</summary>
    public static IEnumerable<IReadOnlyList<TrainingRow>> Split(List<TrainingRow> rows, int parts)
    {
        var update = new List<TrainingRow>();
        var done = 0;
        var made = 0;
        foreach (var together in Together(rows))
        {
            update.AddRange(together);
            if (done + update.Count < (long)rows.Count * (made + 1) / parts) continue;
            done += update.Count;
            made++;
            yield return update;
            update = [];
        }
    }

    // Rows that share a trajectory or a coupling, directly or by way of others; rows of one coupling stand side by side, as engines want them.
    private static IEnumerable<IEnumerable<TrainingRow>> Together(List<TrainingRow> rows)
    {
        var first = Enumerable.Range(0, rows.Count).ToArray();
        var known = new Dictionary<(bool IsCoupling, string Name), int>();
        for (var i = 0; i < rows.Count; i++)
        {
            Join(i, (false, rows[i].TrajectoryId));
            if (rows[i].Coupling is { } coupling) Join(i, (true, coupling));
        }

        return Enumerable.Range(0, rows.Count).GroupBy(First).Select(g => g.GroupBy(i => rows[i].Coupling ?? (object)i).SelectMany(c => c.Select(i => rows[i])));

        void Join(int row, (bool, string) name)
        {
            if (!known.TryAdd(name, row)) first[Math.Max(First(row), First(known[name]))] = Math.Min(First(row), First(known[name]));
        }

        int First(int row)
        {
            while (first[row] != row) row = first[row] = first[first[row]];
            return row;
        }
    }
}
