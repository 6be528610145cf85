namespace AgentTeams.Models;

/// <summary>One sequence that is being sampled: its pages, those it shares included.</summary>
internal sealed unsafe class PagedSequence : ICachedSequence
{
    private readonly PagedCache _cache;
    private readonly int[] _pages;
    private readonly nint[] _addresses;
    private bool _disposed;

    /// <summary>Takes over pages that were shared for it, and rents the rest.</summary>
    public PagedSequence(PagedCache cache, PolicyId policy, AdapterWeights? adapter, int capacity, IReadOnlyList<int> shared, int length)
    {
        (_cache, Policy, Adapter, Length) = (cache, policy, adapter, length);
        _pages = new int[PageLayout.PagesFor(capacity)];
        _addresses = GC.AllocateUninitializedArray<nint>(_pages.Length, pinned: true);
        Hidden = new float[cache.HiddenSize];
        for (var i = 0; i < _pages.Length; i++)
        {
            _pages[i] = i < shared.Count ? shared[i] : cache.Pool.Rent();
            _addresses[i] = (nint)cache.Pool.AddressOf(_pages[i]);
        }
    }

    public PolicyId Policy { get; }

    public AdapterWeights? Adapter { get; }

    public int Length { get; set; }

    /// <summary>The hidden state behind the last position.</summary>
    public float[] Hidden { get; }

    /// <summary>The address of each page.</summary>
    public nint Addresses =>
        (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_addresses));

    public ReadOnlySpan<int> Pages => _pages;

    public ICachedSequence? Fork(int capacity) => _cache.Fork(this, capacity);

    public void Keep(ReadOnlySpan<int> ids) => _cache.Keep(this, ids);

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (var page in _pages) _cache.Pool.Release(page);
    }
}
