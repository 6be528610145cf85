namespace AgentTeams.Models.Torch;

/// <summary>Inference of one model and its adapters on its device.</summary>
internal sealed class TorchInferenceEngine : ISamplingEngine, IDisposable
{
    private readonly DecoderWeights _weights;
    private readonly Decoder _decoder;
    private readonly KeyValueCache _cache;
    private readonly Func<PolicyId, AdapterWeights?> _adapterOf;

    public TorchInferenceEngine(DecoderWeights weights, TorchModelOptions options, Func<PolicyId, AdapterWeights?> adapterOf)
    {
        (_weights, _adapterOf) = (weights, adapterOf);
        _decoder = new Decoder(weights);
        _cache = new KeyValueCache(weights, options.CacheMemory, options.PrefixMemory);
    }

    public int VocabularySize => _weights.Config.VocabularySize;

    public int MaxPositions => _weights.Config.MaxPositions;

    public long MaxCachedPositions => _cache.MaxPositions;

    public int PageSize => PageTable.Positions;

    public ICachedSequence? TryOpen(PolicyId policy, ReadOnlySpan<int> promptIds, int capacity) =>
        _cache.TryOpen(policy, _adapterOf(policy), promptIds, capacity);

    /// <summary>Forgets what was computed with other weights.</summary>
    public void Invalidate() => _cache.Invalidate();

    public void Forward(ReadOnlySpan<SequenceChunk> chunks, Span<float> logits) => Forward(chunks, [], [], logits);

    public void Forward(ReadOnlySpan<SequenceChunk> chunks, ReadOnlySpan<TokenDraw> draws, Span<DrawnToken> tokens, Span<float> logits)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        try
        {
            _cache.Prepare();
            foreach (var group in Groups(chunks))
            {
                var slots = SlotsOf(chunks, group);
                var members = new SequenceChunk[group.Count];
                for (var i = 0; i < members.Length; i++) members[i] = chunks[group[i]];
                Compute(members, slots, draws, tokens, logits);
            }
        }
        catch (Exception e) when (TorchRuntime.IsOutOfMemory(e))
        {
            throw new AgentTeamsException(
                $"The device ran out of memory while {chunks.Length} sequences were sampled. Lower " +
                $"{nameof(TorchModelOptions)}.{nameof(TorchModelOptions.CacheMemory)}, {nameof(TorchModelOptions.MaxConcurrentSequences)} or " +
                $"{nameof(TorchModelOptions.PrefillTokensPerPass)}.", e);
        }

        foreach (var chunk in chunks) ((CachedSequence)chunk.Sequence).Length += chunk.Count;
    }

    public void Dispose()
    {
        _decoder.Dispose();
        _cache.Dispose();
    }

    // Sequences that go on by one token are computed together, and so are prompts, so that neither is padded to the other.
    private static IEnumerable<List<int>> Groups(ReadOnlySpan<SequenceChunk> chunks)
    {
        var order = new List<(bool IsPrompt, string Adapter, int Index)>();
        for (var i = 0; i < chunks.Length; i++)
            order.Add((chunks[i].Count > 1, ((CachedSequence)chunks[i].Sequence).Adapter?.Name ?? "", i));
        return [.. order.GroupBy(o => o.IsPrompt).Select(g => g.OrderBy(o => o.Adapter, StringComparer.Ordinal).Select(o => o.Index).ToList())];
    }

    // Where the logits of each chunk of a group go; -1 for those that want none.
    private static int[] SlotsOf(ReadOnlySpan<SequenceChunk> chunks, List<int> group)
    {
        var slots = new int[chunks.Length];
        var next = 0;
        for (var i = 0; i < chunks.Length; i++) slots[i] = chunks[i].WantsLogits ? next++ : -1;
        return [.. group.Select(i => slots[i])];
    }

    private void Compute(SequenceChunk[] chunks, int[] slots, ReadOnlySpan<TokenDraw> draws, Span<DrawnToken> tokens, Span<float> logits)
    {
        using var scope = NewDisposeScope();
        var batch = new ChunkBatch(chunks, _weights);
        var hidden = _decoder.Forward(batch.Ids, batch.Positions, new CachedAttention(_cache, batch), batch.Adapters());
        var wanted = Enumerable.Range(0, chunks.Length).Where(i => slots[i] >= 0).ToList();
        if (wanted.Count == 0) return;
        var last = TensorData.Integers([.. wanted.Select(i => (long)i * batch.Width + chunks[i].Count - 1)], _weights.Device);
        var rows = _decoder.Logits(_decoder.Normalize(hidden.view(-1, _weights.Config.HiddenSize).index_select(0, last)));
        var rowOf = wanted.Select((chunk, row) => (slots[chunk], row)).ToDictionary();
        DeviceSampler.Draw(rows, rowOf, draws, tokens);
        foreach (var draw in draws) rowOf.Remove(draw.Row);
        foreach (var (slot, row) in rowOf) TensorData.CopyTo(rows.select(0, row), logits.Slice(slot * VocabularySize, VocabularySize));
    }
}
