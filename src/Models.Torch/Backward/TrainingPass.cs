using Microsoft.Extensions.Logging;

namespace AgentTeams.Models.Torch;

/// <summary>
/// Scores and gradients of training rows, micro-batch by micro-batch. Where memory runs out, what was begun is undone and begun
/// again with smaller micro-batches, so the result is that of a device with enough memory.
/// </summary>
internal sealed partial class TrainingPass : IDisposable
{
    private readonly DecoderWeights _weights;
    private readonly Decoder _decoder;
    private readonly TorchModelOptions _options;
    private readonly Func<TrainingRow, ConstrainedDistribution?> _distributionOf;
    private readonly Lock _running = new();
    private int _tokensPerMicroBatch;

    public TrainingPass(DecoderWeights weights, TorchModelOptions options, Func<TrainingRow, ConstrainedDistribution?> distributionOf)
    {
        (_weights, _options, _distributionOf) = (weights, options, distributionOf);
        _decoder = new Decoder(weights);
        _tokensPerMicroBatch = options.TokensPerMicroBatch;
    }

    /// <summary>Called before each micro-batch; a test lets memory run out here.</summary>
    public Action<MicroBatch>? Starting { get; set; }

    public IReadOnlyList<TokenScores> Score(IReadOnlyList<TrainingRow> rows, EngineParts parts, CancellationToken cancellationToken)
    {
        Check(rows);
        lock (_running)
        {
            var scores = new TokenScores[rows.Count];
            InMicroBatches(rows, batch => Score(batch, parts, scores), () => { }, cancellationToken);
            return scores;
        }
    }

    public TokenLossResult Accumulate(IReadOnlyList<TrainingRow> rows, EngineParts parts, ITokenLoss loss, CancellationToken cancellationToken)
    {
        Check(rows);
        lock (_running)
        {
            var sets = parts.Trained(_weights);
            foreach (var set in sets) set.EnsureTrainable();
            using var before = ComputeThread.Run(_weights.Device, () => new GradientBackup(sets));
            var total = TokenLossResult.Zero;
            foreach (var set in sets) set.SetTraining(true);
            try
            {
                InMicroBatches(rows, batch => total = total.Add(Accumulate(batch, parts, loss)), Undo, cancellationToken);
            }
            finally
            {
                foreach (var set in sets) set.SetTraining(false);
            }

            return total;

            void Undo()
            {
                before.Restore();
                total = TokenLossResult.Zero;
            }
        }
    }

    /// <summary>Logits after each position of one sequence.</summary>
    public float[] Logits(int[] ids, EngineParts parts)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var hidden = new DecoderPass(_decoder, parts.Adapter, checkpointing: false)
            .Forward(TensorData.Integers(Array.ConvertAll(ids, i => (long)i), _weights.Device).view(1, -1),
                arange(ids.Length, device: _weights.Device).view(1, -1));
        return TensorData.ToArray(_decoder.Logits(_decoder.Normalize(hidden)));
    }

    public void Dispose() => _decoder.Dispose();

    private void Score(MicroBatch batch, EngineParts parts, TokenScores[] to)
    {
        using var quiet = no_grad();
        using var pass = new MicroBatchPass(_decoder, _weights, parts, checkpointing: false, batch, Constraints(batch));
        batch.Batch.Spread(pass.Forward(), to);
    }

    private TokenLossResult Accumulate(MicroBatch batch, EngineParts parts, ITokenLoss loss)
    {
        using var recording = enable_grad();
        using var pass = new MicroBatchPass(_decoder, _weights, parts, _options.GradientCheckpointing, batch, Constraints(batch));
        var result = batch.Batch.Judge(loss, pass.Forward(), out var gradients);
        pass.Backward(gradients);
        foreach (var set in parts.Trained(_weights)) set.CollectGradient();
        return result;
    }

    private RowConstraints Constraints(MicroBatch batch) => new(batch.Rows, _distributionOf);

    private void InMicroBatches(IReadOnlyList<TrainingRow> rows, Action<MicroBatch> run, Action undo, CancellationToken cancellationToken)
    {
        while (true)
        {
            MicroBatch? current = null;
            try
            {
                foreach (var batch in MicroBatch.Plan(rows, _tokensPerMicroBatch))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    current = batch;
                    Starting?.Invoke(batch);
                    ComputeThread.Run(_weights.Device, () => run(batch));
                }

                return;
            }
            catch (Exception e) when (TorchRuntime.IsOutOfMemory(e))
            {
                ComputeThread.Run(_weights.Device, undo);
                Shrink(current!, e);
            }
        }
    }

    private void Shrink(MicroBatch batch, Exception cause)
    {
        if (batch.Rows.Count == 1 || batch.Rows.All(r => r.Coupling is not null && r.Coupling == batch.Rows[0].Coupling))
        {
            throw new AgentTeamsException(
                $"The device ran out of memory in a micro-batch that cannot be divided, {batch.Rows.Count} row(s) of up to {batch.Width} tokens of role " +
                $"'{batch.Rows[0].Role}'. Shorten prompt or completion, set {nameof(TorchModelOptions)}.{nameof(TorchModelOptions.GradientCheckpointing)}, " +
                $"lower {nameof(TorchModelOptions.CacheMemory)}, or train an adapter instead of all weights. {cause.Message}", cause);
        }

        var smaller = Math.Max(1, Math.Min(batch.Tokens, _tokensPerMicroBatch) / 2);
        LogSmaller(_options.LoggerFactory.CreateLogger("AgentTeams.TorchLanguageModel"), batch.Tokens, smaller);
        _tokensPerMicroBatch = smaller;
    }

    private void Check(IReadOnlyList<TrainingRow> rows)
    {
        foreach (var row in rows)
        {
            var length = MicroBatch.LengthOf(row);
            if (length > _weights.Config.MaxPositions)
                throw new AgentTeamsException($"A training row of role '{row.Role}' in trajectory '{row.TrajectoryId}' has {length} tokens; the model has "
                    + $"{_weights.Config.MaxPositions} positions.");
            foreach (var id in row.PromptIds.Concat(row.CompletionIds))
            {
                if ((uint)id >= (uint)_weights.Config.VocabularySize)
                    throw new AgentTeamsException($"The id {id} is outside the model's vocabulary of {_weights.Config.VocabularySize}.");
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The device ran out of memory in a micro-batch of {Tokens} tokens; from now on they have at most {Smaller}.")]
    private static partial void LogSmaller(ILogger logger, int tokens, int smaller);
}
