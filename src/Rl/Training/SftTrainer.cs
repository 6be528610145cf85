using System.Runtime.CompilerServices;

namespace AgentTeams.Rl;

/// <summary>Supervised fine-tuning with early stopping on the validation loss.</summary>
/// <param name="models">The team.</param>
/// <param name="options">How it is trained.</param>
/// <param name="bestDirectory">An empty or missing folder in which the best weights are kept meanwhile.</param>
public sealed class SftTrainer(TeamModels models, SftOptions options, string bestDirectory)
{
    private const int MostWarmup = 20;

    /// <summary>
    /// Trains until the epochs or the patience are used up, then returns to the best weights. Without a validation token nothing says
    /// which weights are best: then all epochs run, and the last weights stay.
    /// </summary>
    /// <param name="train">Training rows by policy.</param>
    /// <param name="validation">Validation rows by policy; they are never trained on, and count with their weights as masks.</param>
    /// <param name="key">Run and stage of the key that shuffles.</param>
    /// <param name="onEpoch">Is told of each epoch.</param>
    /// <param name="cancellationToken">Ends training between two updates.</param>
    /// <exception cref="NonFiniteLossException">A row gave a loss that is no number; the update was not made.</exception>
    public async Task<IReadOnlyList<SftEpoch>> TrainAsync(
        IReadOnlyDictionary<PolicyId, IReadOnlyList<TrainingRow>> train,
        IReadOnlyDictionary<PolicyId, IReadOnlyList<TrainingRow>> validation,
        SeedKey key,
        Action<SftEpoch>? onEpoch = null,
        CancellationToken cancellationToken = default)
    {
        var epochs = new List<SftEpoch>();
        await foreach (var epoch in RunAsync(train, validation, key, [], cancellationToken).ConfigureAwait(false))
        {
            epochs.Add(epoch);
            onEpoch?.Invoke(epoch);
        }

        return epochs;
    }

    /// <summary>
    /// Trains as <see cref="TrainAsync"/> does, from where a training stopped. What is told of has happened to the weights; when the last epoch was told,
    /// reading on returns to the best weights.
    /// </summary>
    /// <param name="train">Training rows by policy.</param>
    /// <param name="validation">Validation rows by policy.</param>
    /// <param name="key">Run and stage of the key that shuffles.</param>
    /// <param name="done">The epochs that were told before, with whose last weights and optimiser the models were restored; empty from the beginning.</param>
    /// <param name="cancellationToken">Ends training between two updates.</param>
    public async IAsyncEnumerable<SftEpoch> RunAsync(
        IReadOnlyDictionary<PolicyId, IReadOnlyList<TrainingRow>> train,
        IReadOnlyDictionary<PolicyId, IReadOnlyList<TrainingRow>> validation,
        SeedKey key,
        IReadOnlyList<SftEpoch> done,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        OptionChecks.Validate(options);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(done);
        if (train.Values.Sum(Tokens) == 0)
            throw new AgentTeamsException("The training rows hold no token of weight above 0, so there is nothing to train on. Give rows with such tokens.");
        var last = done.Count == 0 ? -1 : done[^1].Epoch;
        var bestEpoch = done.LastOrDefault(e => e.IsBest)?.Epoch ?? -1;
        var best = done.LastOrDefault(e => e.IsBest)?.ValidationLoss ?? double.PositiveInfinity;
        var update = done.Count == 0 ? 0 : done[^1].Updates;
        var longest = train.Values.Max(rows => (rows.Count(r => LossAggregation.Tokens(r) > 0) + options.BatchSize - 1) / options.BatchSize);
        var epochs = options.MaxUpdates is { } most ? Math.Min(options.MaxEpochs, Math.Max(1, most / longest)) : options.MaxEpochs;
        var warmup = options.WarmupSteps ?? (int)Math.Min(MostWarmup, (long)longest * epochs / 10);
        for (var epoch = last + 1; epoch < epochs && !IsPatienceOver(epoch - 1); epoch++)
        {
            var (loss, tokens) = (0.0, 0L);
            foreach (var policy in Order(train.Keys))
            {
                var rows = train[policy].Where(r => LossAggregation.Tokens(r) > 0).ToArray();
                (key with { Step = epoch, Task = policy.ToString() }).ToRandom().Shuffle(rows);
                var updates = (rows.Length + options.BatchSize - 1) / options.BatchSize;
                for (var u = 0; u < updates; u++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var batch = rows.AsSpan(u * options.BatchSize, Math.Min(options.BatchSize, rows.Length - u * options.BatchSize)).ToArray();
                    var rate = LearningRateSchedule.Constant.Factor(epoch * updates + u, int.MaxValue, warmup);
                    var made = await PolicyUpdate.ApplyAsync(models.GetModel(policy), policy, LossAggregation.TokenMean.Weigh(batch), new SftLoss(),
                        options.Optimizer with { LearningRate = options.Optimizer.LearningRate * rate }, cancellationToken).ConfigureAwait(false);
                    loss += made.Loss.Loss * Tokens(batch);
                    tokens += batch.Sum(r => r.PromptIds.Length + r.CompletionIds.Length);
                    update++;
                }
            }

            var validated = await ValidationLossAsync(validation, cancellationToken).ConfigureAwait(false);
            var isBest = validated is null || validated < best;
            if (isBest)
            {
                (best, bestEpoch) = (validated ?? best, epoch);
                if (options.Patience is not null && validated is not null) await KeepAsync([.. train.Keys], cancellationToken).ConfigureAwait(false);
            }

            last = epoch;
            yield return new(epoch, update, loss / train.Values.Sum(Tokens), validated, tokens, isBest);
        }

        if (options.Patience is not null && bestEpoch >= 0 && bestEpoch != last) await ReturnAsync().ConfigureAwait(false);

        bool IsPatienceOver(int epoch) => epoch >= 0 && epoch - bestEpoch >= options.Patience;
    }

    private static IEnumerable<PolicyId> Order(IEnumerable<PolicyId> policies) => policies.OrderBy(p => p.ToString(), StringComparer.Ordinal);

    private static double Tokens(IEnumerable<TrainingRow> rows) => rows.Sum(LossAggregation.Tokens);

    private async Task<double?> ValidationLossAsync(IReadOnlyDictionary<PolicyId, IReadOnlyList<TrainingRow>> validation, CancellationToken cancellationToken)
    {
        var tokens = validation.Values.Sum(Tokens);
        if (tokens == 0) return null;
        var sum = 0.0;
        foreach (var policy in Order(validation.Keys))
        {
            var scores = await models.GetModel(policy).ScoreAsync(policy, validation[policy], cancellationToken).ConfigureAwait(false);
            sum += scores.Zip(validation[policy], (score, row) => score.LogProbs.Select((p, t) => -(double)p * RowShape.Weight(row, t)).Sum()).Sum();
        }

        return sum / tokens;
    }

    private async Task KeepAsync(PolicyId[] trained, CancellationToken cancellationToken)
    {
        foreach (var model in models.Models)
        {
            var directory = Path.Combine(bestDirectory, model.Id);
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
            await model.SaveAsync(directory, trained, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReturnAsync()
    {
        foreach (var model in models.Models) await model.LoadAsync(Path.Combine(bestDirectory, model.Id), CancellationToken.None).ConfigureAwait(false);
    }
}
