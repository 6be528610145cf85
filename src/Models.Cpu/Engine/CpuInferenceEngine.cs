namespace AgentTeams.Models;

/// <summary>Inference of one model and its adapters. The decode loop allocates nothing once its buffers have grown.</summary>
internal sealed unsafe class CpuInferenceEngine : IInferenceEngine
{
    private readonly DecoderWeights _weights;
    private readonly Func<PolicyId, AdapterWeights?> _adapterOf;
    private readonly Activations _activations;
    private readonly ForwardPass _forward;
    private readonly OutputHead _head;
    private readonly PagedCache _cache;
    private readonly WorkerPool _pool;

    public CpuInferenceEngine(DecoderWeights weights, RotaryTables rotary, WorkerPool pool, CpuModelOptions options, Func<PolicyId, AdapterWeights?> adapterOf)
    {
        (_weights, _pool, _adapterOf) = (weights, pool, adapterOf);
        _activations = new Activations(weights.Config, ActivationStorage.Transient);
        _forward = new ForwardPass(weights, rotary, _activations);
        _head = new OutputHead(weights);
        _cache = new PagedCache(weights.Config, options.CacheMemory, options.PrefixMemory);
    }

    public int VocabularySize => _weights.Config.VocabularySize;

    public int MaxPositions => _weights.Config.MaxPositions;

    public long MaxCachedPositions => _cache.MaxPositions;

    public int PageSize => PageLayout.Positions;

    public ICachedSequence? TryOpen(PolicyId policy, ReadOnlySpan<int> promptIds, int capacity) =>
        _cache.TryOpen(policy, _adapterOf(policy), promptIds, capacity);

    /// <summary>Forgets what was computed with other weights.</summary>
    public void Invalidate() => _cache.Invalidate();

    public void Forward(ReadOnlySpan<SequenceChunk> chunks, Span<float> logits)
    {
        _forward.Clear();
        foreach (var chunk in chunks)
        {
            var sequence = (PagedSequence)chunk.Sequence;
            if (chunk.Count > 0) _forward.Add(sequence.Addresses, sequence.Length, chunk.Count, sequence.Adapter);
        }

        if (_forward.Rows > 0)
        {
            _forward.Prepare();
            FillIn(chunks);
            _forward.Run(_pool);
        }

        SelectLastRows(chunks);
        _head.Run(_pool);
        new Span<float>(_head.LogitsPointer, _head.Count * VocabularySize).CopyTo(logits);
    }

    private void FillIn(ReadOnlySpan<SequenceChunk> chunks)
    {
        var row = 0;
        foreach (var chunk in chunks)
        {
            var sequence = (PagedSequence)chunk.Sequence;
            for (var i = 0; i < chunk.Count; i++, row++)
                (_activations.Ids[row], _activations.Positions[row]) = (CheckedId(chunk.Tokens[chunk.Start + i]), sequence.Length + i);
            sequence.Length += chunk.Count;
        }
    }

    private void SelectLastRows(ReadOnlySpan<SequenceChunk> chunks)
    {
        _head.Clear(chunks.Length);
        var width = _weights.Config.HiddenSize;
        var row = 0;
        foreach (var chunk in chunks)
        {
            var sequence = (PagedSequence)chunk.Sequence;
            row += chunk.Count;
            if (chunk.Count > 0) new Span<float>(_activations.Hidden.Pointer + (nint)(row - 1) * width, width).CopyTo(sequence.Hidden);
            if (chunk.WantsLogits) _head.Select(sequence.Hidden);
        }
    }

    private int CheckedId(int id) => (uint)id < (uint)VocabularySize
        ? id
        : throw new AgentTeamsException($"The id {id} is outside the model's vocabulary of {VocabularySize}. The tokenizer does not belong to this model.");
}
