namespace AgentTeams.Models.Torch;

/// <summary>One sequence that is being sampled: its pages, those it shares included.</summary>
internal sealed class CachedSequence(KeyValueCache cache, PolicyId policy, AdapterWeights? adapter, IReadOnlyList<int> pages, int length) : ICachedSequence
{
    private bool _disposed;

    public PolicyId Policy => policy;

    public AdapterWeights? Adapter => adapter;

    public IReadOnlyList<int> Pages => pages;

    public int Length { get; set; } = length;

    /// <summary>Where a position lies in the memory of a layer.</summary>
    public long SlotOf(int position) => (long)pages[position / PageTable.Positions] * PageTable.Positions + position % PageTable.Positions;

    public ICachedSequence? Fork(int capacity) => cache.Fork(this, capacity);

    public void Keep(ReadOnlySpan<int> ids) => cache.Keep(this, ids);

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (var page in pages) cache.Pages.Release(page);
    }
}
