using Microsoft.Extensions.Logging;

namespace AgentTeams.Rl;

/// <summary>The updates of one step: rows from advantages, policy by policy. It is not interrupted, since half a step could not be resumed.</summary>
internal sealed partial class StepUpdate(TeamModels models, RlOptions options, ILogger logger)
{
    /// <summary>Updates that were made, by policy.</summary>
    public Dictionary<PolicyId, int> Updates { get; } = models.TrainablePolicies.ToDictionary(p => p, _ => 0);

    /// <summary>Updates that were refused, with what was wrong.</summary>
    public List<string> Refused { get; } = [];

    /// <summary>Learns from a batch.</summary>
    /// <param name="advantages">The judged invocations.</param>
    /// <param name="opponents">The groups in which others took part, by run; their calls are passed over, also in forks of the run.</param>
    /// <param name="step">The step.</param>
    /// <param name="reference">The reference; null where none is needed.</param>
    /// <param name="metrics">Receives the metrics of the updates.</param>
    /// <param name="beforeChange">Is awaited before the first weight changes.</param>
    public async Task ApplyAsync(AdvantageBatch advantages, IReadOnlyDictionary<string, ExperienceGroup> opponents, int step, KlReference? reference, SortedDictionary<string, double> metrics, Func<Task> beforeChange)
    {
        var learned = advantages.Rows.Where(r => (r.Node.Role is not { } role || options.Trained.Includes(role, step)) && !IsOpponents(r));
        var rows = RowBuilder.Build(learned, models);
        metrics["learning_rate"] = options.Optimizer.LearningRate * FactorOf(step);
        foreach (var role in rows.Values.SelectMany(r => r).GroupBy(r => r.Role, StringComparer.Ordinal)) metrics[$"{role.Key}/rows"] = role.Count();
        foreach (var policy in models.TrainablePolicies.Where(rows.ContainsKey)) await ApplyAsync(policy, rows[policy], step, reference, metrics, beforeChange).ConfigureAwait(false);
        await beforeChange().ConfigureAwait(false);
        metrics["updates/refused"] = Refused.Count;

        // In a run with opponents, a call that nobody recorded the tokens of was theirs.
        bool IsOpponents(InvocationAdvantage row) => (opponents.TryGetValue(row.Trajectory.Id, out var group) || (row.Trajectory.ParentId is { } parent && opponents.TryGetValue(parent, out group)))
            && (row.Node.Tokens is not { } trace || group.Opponents.Contains(trace.Policy) || group.OpponentSeats.Contains(row.Node.Role ?? ""));
    }

    private async Task ApplyAsync(PolicyId policy, List<TrainingRow> rows, int step, KlReference? reference, SortedDictionary<string, double> metrics, Func<Task> beforeChange)
    {
        var shares = RoleShares.Of(rows, options.Aggregation);
        foreach (var (role, share) in shares) metrics[$"{role}/gradient_share"] = share;
        if (options.BalanceRoles) rows = RoleShares.Balance(rows, shares);
        var report = new UpdateMetrics();
        var optimizer = options.OptimizerOf(policy, models.Team);
        optimizer = optimizer with { LearningRate = optimizer.LearningRate * FactorOf(step) };
        foreach (var update in await UpdatePlan.CreateAsync(models.GetModel(policy), policy, rows, options, options.Loss.Needs.HasFlag(LossNeeds.Reference) ? reference?.Of(policy) : null, metrics,
            CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                var made = await PolicyUpdate.ApplyAsync(models.GetModel(policy), policy, update, options.Loss, optimizer, CancellationToken.None, beforeChange).ConfigureAwait(false);
                report.Add(made, update);
                Updates[policy]++;
            }
            catch (AgentTeamsException e) when (e is NonFiniteLossException or NonFiniteGradientException)
            {
                LogRefused(logger, step, policy.ToString(), e.Message);
                Refused.Add(e.Message);
            }
        }

        report.AddTo(metrics, policy);
    }

    private double FactorOf(int step) => options.Schedule.Factor(step, options.Steps, options.WarmupSteps);

    [LoggerMessage(Level = LogLevel.Error, Message = "Step {Step}: an update of '{Policy}' was refused: {Reason}")]
    private static partial void LogRefused(ILogger logger, int step, string policy, string reason);
}
