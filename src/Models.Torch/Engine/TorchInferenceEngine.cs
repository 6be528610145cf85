namespace AgentTeams.Models.Torch;

/// <summary>Inference of one model and its adapters on its device.</summary>
internal sealed class TorchInferenceEngine : IInferenceEngine, IDisposable
{
    private readonly DecoderWeights _weights;
    private readonly Dictionary<DecoderWeights, Decoder> _decoders = [];
    private readonly KeyValueCache _cache;
    private float[] _logits = [];

    public TorchInferenceEngine(DecoderWeights weights, TorchModelOptions options)
    {
        _weights = weights;
        _cache = new KeyValueCache(weights, options.CacheMemory, options.PrefixMemory);
    }

    public int VocabularySize => _weights.Config.VocabularySize;

    public int MaxPositions => _weights.Config.MaxPositions;

    public long MaxCachedPositions => _cache.MaxPositions;

    public int PageSize => PageTable.Positions;

    public ICachedSequence? TryOpen(SampledWeights weights, ReadOnlySpan<int> promptIds, int capacity) => _cache.TryOpen(weights, promptIds, capacity);

    public void Forget(SampledWeights weights) => _cache.Forget(weights);

    public void Forward(ReadOnlySpan<SequenceChunk> chunks, ReadOnlySpan<TokenDraw> draws, Span<DrawnToken> tokens, Span<float> logits)
    {
        // Another thread can see no spans.
        SequenceChunk[] given = [.. chunks];
        TokenDraw[] drawn = [.. draws];
        var results = new DrawnToken[tokens.Length];
        var slots = ComputeThread.Run(_weights.Device, () => Compute(given, drawn, results));
        results.CopyTo(tokens);
        foreach (var slot in slots) LogitsOf(slot).CopyTo(logits.Slice(slot * VocabularySize, VocabularySize));
        foreach (var chunk in given) ((CachedSequence)chunk.Sequence).Length += chunk.Count;
    }

    public void Dispose()
    {
        foreach (var decoder in _decoders.Values) decoder.Dispose();
        _cache.Dispose();
    }

    private Span<float> LogitsOf(int slot) => _logits.AsSpan(slot * VocabularySize, VocabularySize);

    // Which logits are kept: those that nothing was drawn from.
    private List<int> Compute(SequenceChunk[] chunks, TokenDraw[] draws, DrawnToken[] tokens)
    {
        using var scope = NewDisposeScope();
        var kept = new List<int>();
        using var quiet = no_grad();
        try
        {
            _cache.Prepare();
            foreach (var group in Groups(chunks))
            {
                var slots = SlotsOf(chunks, group);
                var members = new SequenceChunk[group.Count];
                for (var i = 0; i < members.Length; i++) members[i] = chunks[group[i]];
                Compute(members, slots, draws, tokens, kept);
            }
        }
        catch (Exception e) when (TorchRuntime.IsOutOfMemory(e))
        {
            throw new AgentTeamsException(
                $"The device ran out of memory while {chunks.Length} sequences were sampled. Lower " +
                $"{nameof(TorchModelOptions)}.{nameof(TorchModelOptions.CacheMemory)}, {nameof(TorchModelOptions.MaxConcurrentSequences)} or " +
                $"{nameof(TorchModelOptions.PrefillTokensPerPass)}.", e);
        }

        return kept;
    }

    // Sequences that go on by one token are computed together, and so are prompts, so that neither is padded to the other; those of other weights by themselves.
    private static IEnumerable<List<int>> Groups(SequenceChunk[] chunks)
    {
        var order = new List<(bool IsPrompt, DecoderWeights Below, string Adapter, long Version, int Index)>();
        for (var i = 0; i < chunks.Length; i++)
        {
            var sequence = (CachedSequence)chunks[i].Sequence;
            order.Add((chunks[i].Count > 1, sequence.Below, sequence.Adapter?.Name ?? "", sequence.Weights.Version, i));
        }

        return [.. order.GroupBy(o => (o.IsPrompt, o.Below))
            .Select(g => g.OrderBy(o => o.Adapter, StringComparer.Ordinal).ThenBy(o => o.Version).Select(o => o.Index).ToList())];
    }

    // Where the first of the logits of each chunk of a group goes; -1 for those that want none.
    private static int[] SlotsOf(SequenceChunk[] chunks, List<int> group)
    {
        var slots = new int[chunks.Length];
        var next = 0;
        for (var i = 0; i < chunks.Length; i++)
        {
            slots[i] = chunks[i].LogitRows > 0 ? next : -1;
            next += chunks[i].LogitRows;
        }

        return [.. group.Select(i => slots[i])];
    }

    private void Compute(SequenceChunk[] chunks, int[] slots, TokenDraw[] draws, DrawnToken[] tokens, List<int> kept)
    {
        using var scope = NewDisposeScope();
        var decoder = DecoderOf(((CachedSequence)chunks[0].Sequence).Below);
        var batch = new ChunkBatch(chunks, _weights);
        var hidden = decoder.Forward(batch.Ids, batch.Positions, new CachedAttention(_cache, batch), batch.Adapters());
        var wanted = Enumerable.Range(0, chunks.Length).SelectMany(i => Enumerable.Range(0, chunks[i].LogitRows).Select(row => (Chunk: i, Row: row))).ToList();
        if (wanted.Count == 0) return;
        var last = TensorData.Integers([.. wanted.Select(w => (long)w.Chunk * batch.Width + chunks[w.Chunk].Count - chunks[w.Chunk].LogitRows + w.Row)], _weights.Device);
        var rows = decoder.Logits(decoder.Normalize(hidden.view(-1, _weights.Config.HiddenSize).index_select(0, last)));
        var rowOf = wanted.Select((w, row) => (slots[w.Chunk] + w.Row, row)).ToDictionary();
        DeviceSampler.Draw(rows, rowOf, draws, tokens);
        foreach (var draw in draws) rowOf.Remove(draw.Row);
        foreach (var (slot, row) in rowOf)
        {
            if (_logits.Length < (slot + 1) * VocabularySize) Array.Resize(ref _logits, Math.Max((slot + 1) * VocabularySize, 2 * _logits.Length));
            TensorData.CopyTo(rows.select(0, row), LogitsOf(slot));
            kept.Add(slot);
        }
    }

    private Decoder DecoderOf(DecoderWeights below)
    {
        foreach (var gone in _decoders.Keys.Where(w => w.IsDisposed).ToList())
        {
            _decoders.Remove(gone, out var decoder);
            decoder!.Dispose();
        }

        return _decoders.TryGetValue(below, out var known) ? known : _decoders[below] = new Decoder(below);
    }
}
