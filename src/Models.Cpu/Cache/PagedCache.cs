namespace AgentTeams.Models;

/// <summary>The keys and values of all sequences of a model. Used by one thread at a time.</summary>
internal sealed class PagedCache
{
    private readonly PrefixCache _prefixes;
    private readonly List<int> _found = [];

    public PagedCache(ModelConfig config, long maxBytes, long maxPrefixBytes)
    {
        HiddenSize = config.HiddenSize;
        var layout = new PageLayout(config);
        Pool = new PagePool(layout, maxBytes);
        _prefixes = new PrefixCache(Pool, (int)Math.Min(Pool.Limit, maxPrefixBytes / (layout.Size * sizeof(float))));
    }

    public int HiddenSize { get; }

    public PagePool Pool { get; }

    /// <summary>The most positions that one sequence can have.</summary>
    public long MaxPositions => (long)Pool.Limit * PageLayout.Positions;

    /// <summary>Forgets the prefixes of weights that nobody will sample with any more.</summary>
    public void Forget(SampledWeights weights) => _prefixes.Forget(weights);

    /// <summary>Opens a sequence on the longest prefix known, or gives null when there is no room now.</summary>
    public PagedSequence? TryOpen(SampledWeights weights, ReadOnlySpan<int> prompt, int capacity)
    {
        _found.Clear();
        _prefixes.Find(weights, prompt, _found, out var hidden);
        var shared = _found.Count * PageLayout.Positions;
        // Without its hidden state, the last id must be computed again, in a page of this sequence alone.
        if (shared == prompt.Length && hidden is null) _found.RemoveAt(_found.Count - 1);
        foreach (var page in _found) Pool.Share(page);
        var needed = PageLayout.PagesFor(capacity) - _found.Count;
        _prefixes.MakeRoom(needed);
        if (Pool.Available < needed)
        {
            foreach (var page in _found) Pool.Release(page);
            return null;
        }

        var sequence = new PagedSequence(this, weights, capacity, _found, _found.Count * PageLayout.Positions);
        hidden?.CopyTo(sequence.Hidden, 0);
        return sequence;
    }

    /// <summary>A sequence with the same past, or null when there is no room now. Whole pages are shared, the last one is copied.</summary>
    public PagedSequence? Fork(PagedSequence source, int capacity)
    {
        var whole = source.Length / PageLayout.Positions;
        var needed = PageLayout.PagesFor(capacity) - whole;
        _prefixes.MakeRoom(needed);
        if (Pool.Available < needed) return null;
        var shared = source.Pages[..whole].ToArray();
        foreach (var page in shared) Pool.Share(page);
        var fork = new PagedSequence(this, source.Weights, capacity, shared, source.Length);
        if (source.Length % PageLayout.Positions != 0) Pool.Copy(source.Pages[whole], fork.Pages[whole]);
        source.Hidden.CopyTo(fork.Hidden, 0);
        return fork;
    }

    /// <summary>Keeps the whole pages of a sequence for prompts that begin alike.</summary>
    public void Keep(PagedSequence sequence, ReadOnlySpan<int> ids) => _prefixes.Add(sequence.Weights, ids, sequence.Pages, sequence.Hidden);
}
