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

    /// <summary>Splits rows into updates of about equal size without cutting a trajectory; the last row always ends the last update.</summary>
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
    }
}
