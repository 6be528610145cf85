namespace AgentTeams.Models;

/// <summary>Pages of keys and values, counted by reference: sequences with a common past share the pages that hold it.</summary>
/// <param name="layout">What a page holds.</param>
/// <param name="maxBytes">The most memory that pages may take.</param>
internal sealed unsafe class PagePool(PageLayout layout, long maxBytes)
{
    private const long SlabBytes = 4 << 20;
    private readonly int _pagesPerSlab = (int)Math.Max(1, SlabBytes / (layout.Size * sizeof(float)));
    private readonly List<FloatBuffer> _slabs = [];
    private readonly List<int> _references = [];
    private readonly Stack<int> _free = new();

    public PageLayout Layout => layout;

    /// <summary>The most pages there can be.</summary>
    public int Limit { get; } = (int)Math.Min(int.MaxValue, maxBytes / (layout.Size * sizeof(float)));

    /// <summary>Pages that can still be rented.</summary>
    public int Available => _free.Count + Limit - _references.Count;

    public int Rent()
    {
        if (!_free.TryPop(out var page))
        {
            page = _references.Count;
            _references.Add(0);
            if (page / _pagesPerSlab == _slabs.Count)
            {
                _slabs.Add(new FloatBuffer());
                _slabs[^1].Ensure(_pagesPerSlab * layout.Size);
            }
        }

        _references[page] = 1;
        return page;
    }

    public void Share(int page) => _references[page]++;

    public void Release(int page)
    {
        if (--_references[page] == 0) _free.Push(page);
    }

    public float* AddressOf(int page) => _slabs[page / _pagesPerSlab].Pointer + page % _pagesPerSlab * layout.Size;

    public void Copy(int from, int to) => new Span<float>(AddressOf(from), (int)layout.Size).CopyTo(new Span<float>(AddressOf(to), (int)layout.Size));
}
