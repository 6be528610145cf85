namespace AgentTeams.Models.Torch;

/// <summary>Keys and values of all sequences in pages on the device. Used by one thread at a time.</summary>
internal sealed class KeyValueCache : IDisposable
{
    private const int PagesClearedAtOnce = 64;
    private readonly DecoderWeights _weights;
    private readonly KnownPrefixes _prefixes;
    private readonly long _pageBytes;
    private readonly int _limit;
    private Tensor[] _keys = [];
    private Tensor[] _values = [];
    private int _cleared;

    public KeyValueCache(DecoderWeights weights, long maxBytes, long maxPrefixBytes)
    {
        _weights = weights;
        var config = weights.Config;
        _pageBytes = 2L * config.Layers * config.KeyValueHeads * config.HeadSize * PageTable.Positions * weights.Parameters.Type.ElementSize();
        _limit = (int)Math.Min(int.MaxValue, maxBytes / _pageBytes);
        Pages = new PageTable(_limit);
        _prefixes = new KnownPrefixes(Pages, (int)Math.Min(_limit, maxPrefixBytes / _pageBytes));
    }

    public PageTable Pages { get; }

    // Of a page, the positions of each head lie together, so that what is read needs no second copy to be multiplied.
    private long PageRows => (long)_weights.Config.KeyValueHeads * PageTable.Positions;

    /// <summary>The most positions that one sequence can have.</summary>
    public long MaxPositions => Math.Max(0, _limit - 1L) * PageTable.Positions;

    /// <summary>Forgets the prefixes of weights that nobody will sample with any more.</summary>
    public void Forget(SampledWeights weights) => _prefixes.Forget(weights);

    /// <summary>Opens a sequence on the longest prefix known, or gives null when there is no room now.</summary>
    public CachedSequence? TryOpen(SampledWeights weights, ReadOnlySpan<int> prompt, int capacity)
    {
        var pages = _prefixes.Share(weights, prompt);
        var known = pages.Count * PageTable.Positions;
        return TryFill(pages, capacity) ? new CachedSequence(this, weights, pages, known) : null;
    }

    /// <summary>A sequence with the same past, or null when there is no room now. Whole pages are shared, the last one is copied.</summary>
    public CachedSequence? Fork(CachedSequence source, int capacity)
    {
        var whole = source.Length / PageTable.Positions;
        var pages = source.Pages.Take(whole).Select(Pages.Share).ToList();
        if (!TryFill(pages, capacity)) return null;
        if (source.Length % PageTable.Positions != 0) Copy(source.Pages[whole], pages[whole]);
        return new CachedSequence(this, source.Weights, pages, source.Length);
    }

    /// <summary>Keeps the whole pages of a sequence for prompts that begin alike.</summary>
    public void Keep(CachedSequence sequence, ReadOnlySpan<int> ids) => _prefixes.Keep(sequence.Weights, ids, sequence.Pages);

    /// <summary>Makes sure that the memory of all rented pages holds numbers: what is masked out must not be NaN.</summary>
    public void Prepare()
    {
        if (_keys.Length == 0) Allocate();
        if (_cleared >= Pages.Used) return;
        var to = Math.Min(_limit, Math.Max(Pages.Used, _cleared + PagesClearedAtOnce));
        using var scope = NewDisposeScope();
        foreach (var memory in _keys.Concat(_values))
            memory.narrow(0, _cleared * PageRows, (to - _cleared) * PageRows).zero_();
        _cleared = to;
    }

    /// <summary>Writes keys and values [tokens · heads, headSize] of a layer.</summary>
    public void Write(int layer, Tensor slots, Tensor keys, Tensor values)
    {
        _keys[layer].index_copy_(0, slots, keys);
        _values[layer].index_copy_(0, slots, values);
    }

    /// <summary>Keys and values of a layer for pages [sequences · heads · pages]: each [sequences, heads, positions, headSize].</summary>
    public (Tensor Keys, Tensor Values) Read(int layer, Tensor pages, long sequences)
    {
        return (Gather(_keys[layer]), Gather(_values[layer]));

        Tensor Gather(Tensor memory) => memory.view(-1, PageTable.Positions * _weights.Config.HeadSize)
            .index_select(0, pages).view(sequences, _weights.Config.KeyValueHeads, -1, _weights.Config.HeadSize);
    }

    public void Dispose()
    {
        foreach (var memory in _keys.Concat(_values)) memory.Dispose();
    }

    private bool TryFill(List<int> pages, int capacity)
    {
        var needed = PageTable.PagesFor(capacity) - pages.Count;
        _prefixes.MakeRoom(needed);
        if (Pages.Available < needed)
        {
            pages.ForEach(Pages.Release);
            return false;
        }

        for (var i = 0; i < needed; i++) pages.Add(Pages.Rent());
        return true;
    }

    private void Allocate()
    {
        var (config, rows) = (_weights.Config, _limit * PageRows);
        using var scope = NewDisposeScope();
        MemoryNeed.Allocate(_weights.Device, _limit * _pageBytes, "keys and values of sequences",
            $"Lower {nameof(TorchModelOptions)}.{nameof(TorchModelOptions.CacheMemory)}.", () =>
        {
            var (keys, values) = (Layers(), Layers());
            (_keys, _values) = (Array.ConvertAll(keys, k => k.DetachFromDisposeScope()), Array.ConvertAll(values, v => v.DetachFromDisposeScope()));
        });

        Tensor[] Layers() =>
            [.. _weights.Layers.Select(_ => empty(new long[] { rows, config.HeadSize }, _weights.Parameters.Type, _weights.Device))];
    }

    private void Copy(int from, int to) => ComputeThread.Run(_weights.Device, () =>
    {
        Prepare();
        using var scope = NewDisposeScope();
        foreach (var memory in _keys.Concat(_values))
            memory.narrow(0, to * PageRows, PageRows).copy_(memory.narrow(0, from * PageRows, PageRows));
    });
}
