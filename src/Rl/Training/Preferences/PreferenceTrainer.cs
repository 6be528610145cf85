using System.Runtime.CompilerServices;

namespace AgentTeams.Rl;

/// <summary>
/// Learns from preference pairs, each policy from the calls of its roles. Where a pair spans policies, all of them are scored before the first one changes, and each is told what the others add to
/// the margin: the update is that of one joint loss.
/// </summary>
/// <param name="models">The team and its models.</param>
/// <param name="options">How it is trained; null for every default.</param>
/// <example>
/// <code>
/// using var reference = await KlReference.TakeAsync(models);
/// await foreach (var epoch in new PreferenceTrainer(models).TrainAsync(pairs, reference, new SeedKey(1, "prefer")))
///     Console.WriteLine(epoch.Metrics["m/rewards/accuracies"]);
/// </code>
/// </example>
public sealed class PreferenceTrainer(TeamModels models, PreferenceTrainerOptions? options = null)
{
    private readonly PreferenceTrainerOptions _options = options ?? new();

    /// <summary>Trains epoch by epoch; what is told of has happened to the weights.</summary>
    /// <param name="pairs">The pairs; at least one.</param>
    /// <param name="reference">What the loss keeps near: as a rule the weights before the first epoch, also where a training is resumed.</param>
    /// <param name="key">Run and stage of the key that shuffles.</param>
    /// <param name="firstEpoch">Epochs that are done, with whose last weights and optimiser the models were restored.</param>
    /// <param name="cancellationToken">Ends training between two updates.</param>
    /// <exception cref="AgentTeamsException">Options are out of range, or a pair cannot be learned from.</exception>
    /// <exception cref="NonFiniteLossException">A pair gave a loss that is no number; the update was not made.</exception>
    public async IAsyncEnumerable<PreferenceEpoch> TrainAsync(IReadOnlyList<PreferencePair> pairs, KlReference reference, SeedKey key, int firstEpoch = 0,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(key);
        OptionChecks.Validate(_options);
        if (pairs.Count == 0) throw new AgentTeamsException("There are no preference pairs to learn from. Give at least one.");
        var compared = new PreferenceBatches(models, _options.Loss, reference);
        await compared.AddAsync(pairs, cancellationToken).ConfigureAwait(false);
        var batches = (pairs.Count + _options.BatchSize - 1) / _options.BatchSize;
        for (var epoch = firstEpoch; epoch < _options.Epochs; epoch++)
        {
            var order = Enumerable.Range(0, pairs.Count).ToArray();
            (key with { Step = epoch }).ToRandom().Shuffle(order);
            var reports = new SortedDictionary<string, (PolicyId Policy, UpdateMetrics Report)>(StringComparer.Ordinal);
            var batch = 0;
            foreach (var chosen in order.Chunk(_options.BatchSize))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var rate = _options.Optimizer.LearningRate * _options.Schedule.Factor(epoch * batches + batch++, batches * _options.Epochs, _options.WarmupSteps);
                var updates = await compared.UpdatesAsync(chosen, cancellationToken).ConfigureAwait(false);
                foreach (var (policy, rows) in updates.OrderBy(u => u.Key.ToString(), StringComparer.Ordinal))
                {
                    // The policies of one batch change together or, if this ends, are restored together.
                    var made = await PolicyUpdate.ApplyAsync(models.GetModel(policy), policy, rows, _options.Loss, _options.Optimizer with { LearningRate = rate }, CancellationToken.None).ConfigureAwait(false);
                    if (!reports.TryGetValue($"{policy}", out var report)) reports[$"{policy}"] = report = (policy, new());
                    report.Report.Add(made, rows);
                }
            }

            var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal) { ["epoch"] = epoch };
            foreach (var (policy, report) in reports.Values) report.AddTo(metrics, policy);
            yield return new(epoch, (epoch + 1) * batches, metrics);
        }
    }
}
