namespace AgentTeams.Rl;

/// <summary>Stored runs as the rows that a policy gradient learns from; <see cref="SftRows"/> makes rows of examples.</summary>
/// <example>
/// <code>
/// var options = RlOptions.Grpo with { GroupKey = GroupKey.Role };
/// foreach (var (policy, rows) in await RlRows.FromAsync(models, runs, options)) await models.GetModel(policy).AccumulateAsync(policy, rows, options.Loss);
/// </code>
/// </example>
public static class RlRows
{
    /// <summary>
    /// Compares the returns of recorded calls and makes a row of each that has a token trace of a policy of the team; other calls are passed over, as nobody
    /// knows how likely they were. Runs without rewards, and those that their surroundings broke, are passed over as in training.
    /// </summary>
    /// <param name="models">The team and its models.</param>
    /// <param name="runs">The runs with their rewards.</param>
    /// <param name="options">
    /// Credit, groups, advantage and how tokens weigh. Where an application does each task once, there is nothing to compare within a task: group by
    /// <see cref="GroupKey.Role"/>.
    /// </param>
    /// <param name="cancellationToken">Ends the credit rule's work.</param>
    /// <returns>Rows by policy, in the order of the runs, weighed as one update.</returns>
    /// <exception cref="AgentTeamsException">A reward belongs to nothing in its trajectory.</exception>
    public static async Task<IReadOnlyDictionary<PolicyId, IReadOnlyList<TrainingRow>>> FromAsync(TeamModels models, IEnumerable<Trajectory> runs, RlOptions options,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentNullException.ThrowIfNull(options);
        var policies = models.TrainablePolicies.ToHashSet();
        var batch = new CreditContext([.. runs.Where(r => LearnedRuns.IsLearnedFrom(options, r))]);
        var returns = (await LearnedRuns.ReturnsOfAsync(options, batch, cancellationToken).ConfigureAwait(false))
            .Where(r => r.Node.Tokens is { CompletionIds.Length: > 0 } trace && policies.Contains(trace.Policy)).ToList();
        var advantages = AdvantageBatch.Compute(returns, options.Advantage, options.GroupKey, options.SampleUnit);
        return RowBuilder.Build(advantages.Rows, models).ToDictionary(r => r.Key, IReadOnlyList<TrainingRow> (r) => options.Loss.Prepare(options.Aggregation.Weigh(r.Value)));
    }

    /// <summary>A recorded call as a row without advantages, to be scored or to be completed; null where nobody knows how likely it was.</summary>
    public static TrainingRow? Of(Trajectory trajectory, TrajectoryNode node)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        ArgumentNullException.ThrowIfNull(node);
        return node.Tokens is not { CompletionIds.Length: > 0 } trace ? null : new TrainingRow
        {
            Role = node.Role ?? "",
            PromptIds = trace.PromptIds,
            CompletionIds = trace.CompletionIds,
            Temperature = trace.Temperature > 0 ? trace.Temperature : 1,
            Constraints = trace.Constraints,
            BehaviorLogProbs = trace.LogProbs,
            WeightsVersion = trace.WeightsVersion,
            TrajectoryId = trajectory.Id,
            NodeId = node.Id,
        };
    }
}
