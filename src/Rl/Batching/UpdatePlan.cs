namespace AgentTeams.Rl;

/// <summary>
/// The updates that a policy's rows come to. All rows enter the normalisers; only those that can push a weight are computed, which
/// changes no gradient.
/// </summary>
internal static class UpdatePlan
{
    /// <summary>The weighted rows of each update, in order; an update in which nothing pushes is left out.</summary>
    /// <param name="model">Scores rows for importance weights where it is not exact.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="rows">All its rows of a step.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="reference">Scores rows for the KL penalty, or null for none.</param>
    /// <param name="metrics">Receives what importance sampling reports.</param>
    /// <param name="cancellationToken">Ends the scoring.</param>
    public static async Task<List<List<TrainingRow>>> CreateAsync(
        ITrainableModel model, PolicyId policy, List<TrainingRow> rows, RlOptions options, ITokenScorer? reference, IDictionary<string, double> metrics,
        CancellationToken cancellationToken)
    {
        var pushesAlways = options.Loss.Needs.HasFlag(LossNeeds.ZeroAdvantageRows);
        var updates = RowBuilder.Split(rows, options.MiniBatches)
            .Select(u => options.Loss.Prepare(options.Aggregation.Weigh(u)).Where(r => pushesAlways || r.Advantages.AsSpan().ContainsAnyExcept(0f)).ToList())
            .Where(u => u.Count > 0).ToList();
        List<TrainingRow> all = [.. updates.SelectMany(u => u)];
        // Before the first update, since ratios start from what the weights were when the step began.
        // What older weights sampled was not sampled with the trainer's probabilities either, however exact the engine is.
        var version = model.WeightsVersion(policy);
        bool IsOff(TrainingRow row) => model.Reproducibility != Reproducibility.Exact || (row.WeightsVersion is { } sampled && sampled != version);
        List<TrainingRow> off = [.. all.Where(IsOff)];
        if (off.Count > 0 && options.ImportanceCorrection is { } correction)
        {
            var corrected = new Queue<TrainingRow>(correction.Apply(off, await model.ScoreAsync(policy, off, cancellationToken).ConfigureAwait(false), $"{policy}/", metrics));
            all = all.ConvertAll(row => IsOff(row) ? corrected.Dequeue() : row);
        }

        if (reference is not null)
        {
            var scores = await reference.ScoreAsync(all, cancellationToken).ConfigureAwait(false);
            all = [.. all.Select((row, i) => row with { ReferenceLogProbs = scores[i].LogProbs })];
        }

        var complete = new Queue<TrainingRow>(all);
        return updates.ConvertAll(u => u.ConvertAll(_ => complete.Dequeue()));
    }
}
