namespace AgentTeams;

/// <summary>Inference of one model and its adapters. The decode loop allocates nothing once its buffers have grown.</summary>
internal sealed unsafe class CpuInferenceEngine : IInferenceEngine
{
    private readonly TransformerWeights _weights;
    private readonly Func<Policy, AdapterWeights?> _adapterOf;
    private readonly Activations _activations;
    private readonly ForwardPass _forward;
    private readonly OutputHead _head;
    private readonly CachePool _caches;
    private readonly WorkerPool _pool;

    public CpuInferenceEngine(TransformerWeights weights, RotaryTable rotary, WorkerPool pool, Func<Policy, AdapterWeights?> adapterOf)
    {
        (_weights, _pool, _adapterOf) = (weights, pool, adapterOf);
        _activations = new Activations(weights.Config, keepLayers: false);
        _forward = new ForwardPass(weights, rotary, _activations);
        _head = new OutputHead(weights, _activations);
        _caches = new CachePool(weights.Config);
    }

    public int VocabularySize => _weights.Config.VocabularySize;

    public int MaxPositions => _weights.Config.MaxPositions;

    public ICachedSequence Open(Policy policy, int capacity) => new CachedSequence(_caches, _adapterOf(policy), capacity);

    public void Forward(ReadOnlySpan<SequenceChunk> chunks, Span<float> logits)
    {
        _forward.Clear();
        _head.Clear();
        foreach (var chunk in chunks)
        {
            var sequence = (CachedSequence)chunk.Sequence;
            _forward.Add(sequence.Cache, sequence.Length, chunk.Count, sequence.Adapter);
            _head.Select(_forward.Rows - 1);
        }

        _forward.Prepare(_pool.Threads);
        _head.Prepare();
        var row = 0;
        foreach (var chunk in chunks)
        {
            var sequence = (CachedSequence)chunk.Sequence;
            for (var i = 0; i < chunk.Count; i++, row++)
                (_activations.Ids[row], _activations.Positions[row]) = (CheckedId(chunk.Tokens[chunk.Start + i]), sequence.Length + i);
            sequence.Length += chunk.Count;
        }

        _pool.Run(_forward, _forward.Parts);
        _pool.Run(_head, _head.Parts);
        new Span<float>(_head.LogitsPointer, chunks.Length * VocabularySize).CopyTo(logits);
    }

    private int CheckedId(int id) => (uint)id < (uint)VocabularySize
        ? id
        : throw new AgentTeamsException($"The id {id} is outside the model's vocabulary of {VocabularySize}. The tokenizer does not belong to this model.");
}
