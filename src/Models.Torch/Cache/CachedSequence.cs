namespace AgentTeams.Models.Torch;

/// <summary>One sequence that is being sampled: its pages, those it shares included.</summary>
internal sealed class CachedSequence(KeyValueCache cache, SampledWeights weights, IReadOnlyList<int> pages, int length) : ICachedSequence
{
    private bool _disposed;

    public SampledWeights Weights => weights;

    public AdapterWeights? Adapter => (AdapterWeights?)weights.Adapter;

    /// <summary>The model's own weights that it is sampled with.</summary>
    public DecoderWeights Below => ((FrozenWeights)weights.Below!).Weights;

    public IReadOnlyList<int> Pages => pages;

    public int Length { get; set; } = length;

    /// <summary>The row of a position in the memory of a layer.</summary>
    /// <param name="position">The position.</param>
    /// <param name="head">Which key-value head.</param>
    /// <param name="heads">How many there are.</param>
    public long SlotOf(int position, int head, int heads) =>
        ((long)pages[position / PageTable.Positions] * heads + head) * PageTable.Positions + position % PageTable.Positions;

    public ICachedSequence? Fork(int capacity) => cache.Fork(this, capacity);

    // Positions beyond a prompt lie in pages of this sequence alone, so they can be written again.
    public void Truncate(int length) => Length = length;

    public void Keep(ReadOnlySpan<int> ids) => cache.Keep(this, ids);

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (var page in pages) cache.Pages.Release(page);
    }
}
