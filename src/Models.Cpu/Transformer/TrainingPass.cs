namespace AgentTeams;

/// <summary>Scores and gradients of training rows, micro-batch by micro-batch in row order.</summary>
internal sealed unsafe class TrainingPass
{
    private readonly TransformerWeights _weights;
    private readonly Activations _activations;
    private readonly ForwardPass _forward;
    private readonly BackwardPass _backward;
    private readonly OutputHead _head;
    private readonly TokenLossPass _loss;
    private readonly WeightGradients _headGradient = new();
    private readonly FloatBuffer _caches = new();
    private readonly FloatBuffer _dNormed = new();
    private readonly WorkerPool _pool;
    private readonly int _tokensPerMicroBatch;

    public TrainingPass(TransformerWeights weights, RotaryTable rotary, WorkerPool pool, int tokensPerMicroBatch)
    {
        (_weights, _pool, _tokensPerMicroBatch) = (weights, pool, tokensPerMicroBatch);
        _activations = new Activations(weights.Config, keepLayers: true);
        _forward = new ForwardPass(weights, rotary, _activations);
        _backward = new BackwardPass(weights, rotary, _activations, _forward);
        _head = new OutputHead(weights, _activations);
        _loss = new TokenLossPass(weights.Config.VocabularySize);
    }

    public List<TokenScores> Score(IReadOnlyList<TrainingRow> rows, AdapterWeights? adapter, CancellationToken cancellationToken)
    {
        var scores = new List<TokenScores>(rows.Count);
        foreach (var batch in MicroBatches(rows))
        {
            cancellationToken.ThrowIfCancellationRequested();
            scores.AddRange(Forward(batch, adapter));
        }

        return scores;
    }

    public TokenLossResult Accumulate(IReadOnlyList<TrainingRow> rows, AdapterWeights? adapter, ITokenLoss loss, CancellationToken cancellationToken)
    {
        var total = TokenLossResult.Zero;
        foreach (var batch in MicroBatches(rows))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var scores = Forward(batch, adapter);
            var gradients = scores.ConvertAll(s => new TokenGradient(new float[s.LogProbs.Length], new float[s.Entropies.Length], []));
            total = total.Add(loss.Evaluate(batch, scores, gradients));
            Backward(gradients, adapter);
        }

        return total;
    }

    /// <summary>Logits after each position of one sequence.</summary>
    public float[] Logits(int[] ids, AdapterWeights? adapter)
    {
        _forward.Clear();
        _head.Clear();
        AddSequence(ids, adapter, _caches.Ensure(KeyValueCache.SizeOf(_weights.Config, KeyValueCache.RoundUp(ids.Length))));
        for (var i = 0; i < ids.Length; i++) _head.Select(i);
        RunForward([ids]);
        return new Span<float>(_head.LogitsPointer, ids.Length * _weights.Config.VocabularySize).ToArray();
    }

    private List<List<TrainingRow>> MicroBatches(IReadOnlyList<TrainingRow> rows)
    {
        var batches = new List<List<TrainingRow>>();
        var tokens = int.MaxValue;
        foreach (var row in rows)
        {
            var coupled = row.Coupling is not null && batches.Count > 0 && batches[^1][^1].Coupling == row.Coupling;
            var length = row.PromptIds.Length + row.CompletionIds.Length - 1;
            if (length > _weights.Config.MaxPositions)
                throw new AgentTeamsException($"A training row of role '{row.Role}' in trajectory '{row.TrajectoryId}' has {length} tokens; the model has {_weights.Config.MaxPositions} positions.");
            if (!coupled && (long)tokens + length > _tokensPerMicroBatch)
            {
                batches.Add([]);
                tokens = 0;
            }

            batches[^1].Add(row);
            tokens += length;
        }

        return batches;
    }

    private List<TokenScores> Forward(List<TrainingRow> batch, AdapterWeights? adapter)
    {
        _forward.Clear();
        _head.Clear();
        var sequences = batch.ConvertAll(r => (int[])[.. r.PromptIds, .. r.CompletionIds.AsSpan(0, r.CompletionIds.Length - 1)]);
        var cache = _caches.Ensure(sequences.Sum(s => KeyValueCache.SizeOf(_weights.Config, KeyValueCache.RoundUp(s.Length))));
        for (var i = 0; i < batch.Count; i++)
        {
            var first = _forward.Rows + batch[i].PromptIds.Length - 1;
            for (var t = 0; t < batch[i].CompletionIds.Length; t++) _head.Select(first + t);
            cache = AddSequence(sequences[i], adapter, cache);
        }

        RunForward(sequences);
        _loss.Prepare(_head, _head.Count);
        var at = 0;
        foreach (var row in batch)
        {
            foreach (var id in row.CompletionIds) _loss.Rows[at++] = new LossRow { Id = id, InverseTemperature = 1 / row.Temperature };
        }

        _loss.Score(_pool);
        at = 0;
        return batch.ConvertAll(row =>
        {
            var scored = _loss.Rows.Slice(at, row.CompletionIds.Length);
            at += scored.Length;
            var scores = new TokenScores(new float[scored.Length], new float[scored.Length], []);
            for (var t = 0; t < scored.Length; t++) (scores.LogProbs[t], scores.Entropies[t]) = (scored[t].LogProb, scored[t].Entropy);
            return scores;
        });
    }

    private float* AddSequence(int[] ids, AdapterWeights? adapter, float* cache)
    {
        var config = _weights.Config;
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)config.VocabularySize)
                throw new AgentTeamsException($"The id {id} is outside the model's vocabulary of {config.VocabularySize}.");
        }

        var capacity = KeyValueCache.RoundUp(ids.Length);
        _forward.Add(new KeyValueCache((nint)cache, capacity, config.KeyValueHeads, config.HeadSize), 0, ids.Length, adapter);
        return cache + KeyValueCache.SizeOf(config, capacity);
    }

    private void RunForward(List<int[]> sequences)
    {
        _forward.Prepare(_pool.Threads);
        _head.Prepare();
        var row = 0;
        foreach (var sequence in sequences)
        {
            for (var i = 0; i < sequence.Length; i++, row++) (_activations.Ids[row], _activations.Positions[row]) = (sequence[i], i);
        }

        _pool.Run(_forward, _forward.Parts);
        _pool.Run(_head, _head.Parts);
    }

    private void Backward(List<TokenGradient> gradients, AdapterWeights? adapter)
    {
        var at = 0;
        foreach (var gradient in gradients)
        {
            for (var t = 0; t < gradient.LogProbs.Length; t++, at++)
                (_loss.Rows[at].LogProbGradient, _loss.Rows[at].EntropyGradient) = (gradient.LogProbs[t], gradient.Entropies[t]);
        }

        _loss.Differentiate(_pool);
        _backward.Prepare(adapter);
        var width = _weights.Config.HiddenSize;
        var dNormed = _dNormed.Ensure((long)_head.Count * width);
        _weights.Head.Backward(_head.LogitsPointer, dNormed, _head.Count, add: false);
        for (var i = 0; i < _head.Count; i++)
        {
            var row = (nint)_head.RowAt(i) * width;
            Elementwise.RmsNormGradient(_activations.Hidden.Pointer + row, _weights.FinalNorm, dNormed + (nint)i * width, _head.Inverse[i], _backward.StreamGradient + row, width);
        }

        if (adapter is null) AccumulateHead(dNormed, width);
        _backward.Run(_pool);
        if (adapter is null) AccumulateEmbedding(width);
    }

    private void AccumulateHead(float* dNormed, int width)
    {
        _headGradient.Clear(_head.Count);
        _headGradient.Add(_weights.Head, _head.LogitsPointer, _head.Normed);
        _pool.Run(_headGradient, _headGradient.Parts);
        for (var i = 0; i < _head.Count; i++)
        {
            var x = _activations.Hidden.Pointer + (nint)_head.RowAt(i) * width;
            Elementwise.RmsNormWeightGradient(x, dNormed + (nint)i * width, _head.Inverse[i], _weights.FinalNormGradient, width);
        }
    }

    private void AccumulateEmbedding(int width)
    {
        for (var row = 0; row < _forward.Rows; row++)
            Elementwise.Add(_weights.EmbeddingGradient + (nint)_activations.Ids[row] * width, _backward.StreamGradient + (nint)row * width, width);
    }
}
