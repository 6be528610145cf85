namespace AgentTeams.Rl;

/// <summary>Preference pairs as the rows that a preference loss judges.</summary>
public static class PreferenceRows
{
    /// <summary>
    /// Renders pairs by the template of each role's model. The rows of a pair share a <see cref="TrainingRow.Coupling"/>; their advantages are 1 on the better side and -1 on the worse. Calls of
    /// roles on frozen models are passed over: nothing moves their margin.
    /// </summary>
    /// <param name="models">The team and its models.</param>
    /// <param name="pairs">The pairs.</param>
    /// <returns>Rows by policy in the order of the pairs, weighed as one update; references and what other policies add to a margin are still to be filled in.</returns>
    /// <exception cref="AgentTeamsException">A pair is of no role of the team, or of frozen ones only.</exception>
    public static IReadOnlyDictionary<PolicyId, IReadOnlyList<TrainingRow>> From(TeamModels models, IEnumerable<PreferencePair> pairs)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(pairs);
        return ByPolicy(Weigh([.. pairs.SelectMany((p, i) => Of(models, p, i))]));
    }

    /// <summary>The rows of one pair.</summary>
    internal static IReadOnlyList<PolicyRow> Of(TeamModels models, PreferencePair pair, int place)
    {
        List<PolicyRow> rows = [.. Side(pair.Chosen, 1), .. Side(pair.Rejected, -1)];
        return rows.Count > 0
            ? rows
            : throw new AgentTeamsException($"The preference pair {place} of task '{pair.Task}' holds only calls of roles on frozen models ({string.Join(", ", pair.Chosen.Select(e => e.Role).Distinct())}). Leave it out.");

        IEnumerable<PolicyRow> Side(IReadOnlyList<SftExample> examples, float sign) =>
            from example in examples
            let role = models.Team[example.Role].Name
            where !models.Team.Models.IsFrozen(role)
            let row = SftRows.RowOf(models, example)
            select new PolicyRow(models.Team.Models[role], row with
            {
                Coupling = $"pair {place}", TrajectoryId = pair.Task, NodeId = $"{(sign > 0 ? "chosen" : "rejected")} of pair {place}",
                Advantages = [.. Enumerable.Repeat(sign, row.CompletionIds.Length)],
            });
    }

    /// <summary>Weighs the rows of an update as one, whatever policies they belong to.</summary>
    internal static List<PolicyRow> Weigh(IReadOnlyList<PolicyRow> rows) =>
        [.. rows.Zip(LossAggregation.CouplingMean.Weigh([.. rows.Select(r => r.Row)]), (own, weighed) => own with { Row = weighed })];

    internal static Dictionary<PolicyId, IReadOnlyList<TrainingRow>> ByPolicy(IEnumerable<PolicyRow> rows) =>
        rows.GroupBy(r => r.Policy).ToDictionary(g => g.Key, IReadOnlyList<TrainingRow> (g) => [.. g.Select(r => r.Row)]);
}

/// <summary>A row with the policy that it belongs to.</summary>
internal sealed record PolicyRow(PolicyId Policy, TrainingRow Row);
