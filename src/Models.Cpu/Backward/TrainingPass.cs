namespace AgentTeams.Models;

/// <summary>Scores and gradients of training rows, micro-batch by micro-batch in row order. Callers wait for each other, as they share buffers.</summary>
internal sealed unsafe class TrainingPass
{
    private readonly DecoderWeights _weights;
    private readonly ForwardPass _forward;
    private readonly BackwardPass _backward;
    private readonly OutputHead _head;
    private readonly HeadGradient _headGradient;
    private readonly EmbeddingGradient _embeddingGradient;
    private readonly TokenLossPass _loss;
    private readonly WeightGradients _weightGradients = new();
    private readonly SequencePages _pages;
    private readonly Activations _activations;
    private readonly WorkerPool _pool;
    private readonly int _tokensPerMicroBatch;
    private readonly Func<TrainingRow, ConstrainedDistribution?> _distributionOf;
    private readonly List<int> _selected = [];
    private readonly Lock _running = new();

    public TrainingPass(DecoderWeights weights, RotaryTables rotary, WorkerPool pool, CpuModelOptions options,
        Func<TrainingRow, ConstrainedDistribution?> distributionOf)
    {
        (_weights, _pool, _tokensPerMicroBatch, _distributionOf) = (weights, pool, options.TokensPerMicroBatch, distributionOf);
        _activations = new Activations(weights.Config, options.GradientCheckpointing ? ActivationStorage.Recomputed : ActivationStorage.Kept);
        _forward = new ForwardPass(weights, rotary, _activations, samples: false);
        _backward = new BackwardPass(weights, rotary, _activations, _forward);
        _head = new OutputHead(weights, samples: false);
        _headGradient = new HeadGradient(weights, _head);
        _embeddingGradient = new EmbeddingGradient(weights, _activations);
        _loss = new TokenLossPass(weights.Config.VocabularySize);
        _pages = new SequencePages(weights.Layout);
    }

    public IReadOnlyList<TokenScores> Score(IReadOnlyList<TrainingRow> rows, EngineParts parts, CancellationToken cancellationToken)
    {
        lock (_running)
        {
            var scores = new TokenScores[rows.Count];
            foreach (var batch in MicroBatches(rows))
            {
                cancellationToken.ThrowIfCancellationRequested();
                batch.Spread(Forward(batch.Rows, parts), scores);
            }

            return scores;
        }
    }

    public TokenLossResult Accumulate(IReadOnlyList<TrainingRow> rows, EngineParts parts, ITokenLoss loss, CancellationToken cancellationToken)
    {
        lock (_running)
        {
            _weights.Packing.PackBackward(_pool);
            parts.Adapter?.Packing.PackBackward(_pool);
            var total = TokenLossResult.Zero;
            foreach (var batch in MicroBatches(rows))
            {
                cancellationToken.ThrowIfCancellationRequested();
                total = total.Add(batch.Judge(loss, Forward(batch.Rows, parts), out var gradients));
                Backward(gradients, parts);
            }

            return total;
        }
    }

    /// <summary>Logits after each position of one sequence.</summary>
    public float[] Logits(int[] ids, EngineParts parts)
    {
        lock (_running)
        {
            _selected.Clear();
            for (var i = 0; i < ids.Length; i++) _selected.Add(i);
            RunForward([ids], parts.Adapter);
            return new Span<float>(_head.LogitsPointer, ids.Length * _weights.Config.VocabularySize).ToArray();
        }
    }

    private IEnumerable<RowBatch> MicroBatches(IReadOnlyList<TrainingRow> rows)
    {
        var batches = new List<List<RowUnit>>();
        var tokens = int.MaxValue;
        foreach (var unit in RowUnit.Of(rows))
        {
            var length = unit.Rows.Sum(r => CheckedLength(r.Row));
            if ((long)tokens + length > _tokensPerMicroBatch)
            {
                batches.Add([]);
                tokens = 0;
            }

            batches[^1].Add(unit);
            tokens += length;
        }

        return batches.Select(b => new RowBatch(rows, b));
    }

    private int CheckedLength(TrainingRow row)
    {
        var length = row.PromptIds.Length + row.CompletionIds.Length - 1;
        return length <= _weights.Config.MaxPositions
            ? length
            : throw new AgentTeamsException($"A training row of role '{row.Role}' in trajectory '{row.TrajectoryId}' has {length} tokens; the model has "
                + $"{_weights.Config.MaxPositions} positions.");
    }

    private List<TokenScores> Forward(List<TrainingRow> batch, EngineParts parts)
    {
        var sequences = batch.ConvertAll(r => (int[])[.. r.PromptIds, .. r.CompletionIds.AsSpan(0, r.CompletionIds.Length - 1)]);
        _selected.Clear();
        var first = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            for (var t = 0; t < batch[i].CompletionIds.Length; t++) _selected.Add(first + batch[i].PromptIds.Length - 1 + t);
            first += sequences[i].Length;
        }

        RunForward(sequences, parts.Adapter);
        _loss.Prepare(_head, _head.Count);
        var at = 0;
        foreach (var row in batch)
        {
            var distribution = _distributionOf(row);
            for (var t = 0; t < row.CompletionIds.Length; t++)
                _loss.Rows[at++] = new LossRow
                {
                    Id = row.CompletionIds[t], InverseTemperature = 1 / row.Temperature, Distribution = distribution, Position = t
                };
        }

        _loss.Score(_pool);
        at = 0;
        return batch.ConvertAll(row =>
        {
            var scored = _loss.Rows.Slice(at, row.CompletionIds.Length);
            var scores = new TokenScores(new float[scored.Length], new float[scored.Length], new float[parts.ValueHead is null ? 0 : scored.Length]);
            for (var t = 0; t < scores.Values.Length; t++) scores.Values[t] = parts.ValueHead!.Of(_head.Normed + (nint)(at + t) * _weights.Config.HiddenSize);
            at += scored.Length;
            for (var t = 0; t < scored.Length; t++) (scores.LogProbs[t], scores.Entropies[t]) = (scored[t].LogProb, scored[t].Entropy);
            return scores;
        });
    }

    private void RunForward(List<int[]> sequences, AdapterWeights? adapter)
    {
        _weights.Packing.PackForward(_pool);
        _forward.Clear();
        _pages.Reserve(sequences.Sum(s => PageLayout.PagesFor(s.Length)));
        foreach (var sequence in sequences) _forward.Add(_pages.Take(PageLayout.PagesFor(sequence.Length)), 0, sequence.Length, adapter);
        _forward.Prepare(_pool.Threads);
        var row = 0;
        foreach (var sequence in sequences)
        {
            for (var i = 0; i < sequence.Length; i++, row++) (_activations.Ids[row], _activations.Positions[row]) = (CheckedId(sequence[i]), i);
        }

        _forward.Run(_pool);
        var width = _weights.Config.HiddenSize;
        _head.Clear(_selected.Count);
        foreach (var selected in _selected) _head.Select(new Span<float>(_activations.Hidden.Pointer + (nint)selected * width, width));
        _head.Run(_pool);
    }

    private int CheckedId(int id) => (uint)id < (uint)_weights.Config.VocabularySize
        ? id
        : throw new AgentTeamsException($"The id {id} is outside the model's vocabulary of {_weights.Config.VocabularySize}.");

    private void Backward(List<TokenGradient> gradients, EngineParts parts)
    {
        var at = 0;
        foreach (var gradient in gradients)
        {
            for (var t = 0; t < gradient.LogProbs.Length; t++, at++)
                (_loss.Rows[at].LogProbGradient, _loss.Rows[at].EntropyGradient) = (gradient.LogProbs[t], gradient.Entropies[t]);
        }

        _loss.Differentiate(_pool);
        _backward.Prepare(parts.Adapter);
        float[] values = [.. gradients.SelectMany(g => g.Values)];
        for (var i = 0; i < values.Length; i++) parts.ValueHead!.Accumulate(values[i], _head.Normed + (nint)i * _weights.Config.HiddenSize);
        _headGradient.Run([.. _selected], parts.ValueHead, values, _backward.StreamGradient, _pool);
        if (parts.Adapter is null) AccumulateHead();
        _backward.Run(_pool);
        if (parts.Adapter is null) _embeddingGradient.Run(_backward.StreamGradient, _forward.Rows, _pool);
    }

    private void AccumulateHead()
    {
        _weightGradients.Clear(_head.Count);
        _weightGradients.Add(_weights.Head, _head.LogitsPointer, _head.Normed);
        _weightGradients.AddNorm(_head.Hidden, _headGradient.Normed, _head.Inverse, _weights.FinalNormGradient, _weights.Config.HiddenSize);
        _weightGradients.Run(_pool);
    }
}
