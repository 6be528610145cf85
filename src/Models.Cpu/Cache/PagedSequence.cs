namespace AgentTeams.Models;

/// <summary>One sequence that is being sampled: its pages, those it shares included.</summary>
internal sealed unsafe class PagedSequence : ICachedSequence
{
    private readonly PagedCache _cache;
    private readonly int[] _pages;
    private readonly nint[] _addresses;
    private bool _disposed;

    /// <summary>Takes over pages that were shared for it, and rents the rest.</summary>
    public PagedSequence(PagedCache cache, SampledWeights weights, int capacity, IReadOnlyList<int> shared, int length)
    {
        (_cache, Weights, Length) = (cache, weights, length);
        _pages = new int[PageLayout.PagesFor(capacity)];
        _addresses = GC.AllocateUninitializedArray<nint>(_pages.Length, pinned: true);
        Hidden = new float[cache.HiddenSize];
        for (var i = 0; i < _pages.Length; i++)
        {
            _pages[i] = i < shared.Count ? shared[i] : cache.Pool.Rent();
            _addresses[i] = (nint)cache.Pool.AddressOf(_pages[i]);
        }
    }

    public SampledWeights Weights { get; }

    public AdapterWeights? Adapter => (AdapterWeights?)Weights.Adapter;

    public int Length { get; set; }

    /// <summary>The hidden state behind the last position.</summary>
    public float[] Hidden { get; }

    /// <summary>The address of each page.</summary>
    public nint Addresses =>
        (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_addresses));

    public ReadOnlySpan<int> Pages => _pages;

    public ICachedSequence? Fork(int capacity) => _cache.Fork(this, capacity);

    // Positions beyond a prompt lie in pages of this sequence alone, so they can be written again.
    public void Truncate(int length) => Length = length;

    public void Keep(ReadOnlySpan<int> ids) => _cache.Keep(this, ids);

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (var page in _pages) _cache.Pool.Release(page);
    }
}
