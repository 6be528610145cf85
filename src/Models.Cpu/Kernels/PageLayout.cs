namespace AgentTeams.Models;

/// <summary>
/// Where keys and values lie in a page, which holds <see cref="Positions"/> positions of a sequence in all layers. Per layer and
/// key-value head: keys as a panel [headSize, positions], then values as rows [positions, stride].
/// </summary>
internal sealed unsafe class PageLayout(ModelConfig config)
{
    public const int Positions = Gemm.PanelWidth;

    public int HeadSize { get; } = config.HeadSize;

    /// <summary>Values of one row, a multiple of the panel width.</summary>
    public int Stride { get; } = RoundUp(config.HeadSize);

    /// <summary>Float32 values of a page.</summary>
    public long Size => (long)config.Layers * config.KeyValueHeads * BlockSize;

    private nint BlockSize => (nint)Positions * (HeadSize + Stride);

    public static int PagesFor(int positions) => (positions + Positions - 1) / Positions;

    public static int RoundUp(int count) => (count + Gemm.PanelWidth - 1) / Gemm.PanelWidth * Gemm.PanelWidth;

    /// <summary>The keys and values of one layer and head.</summary>
    public HeadCache Head(nint* pages, int layer, int head)
    {
        var offset = ((nint)layer * config.KeyValueHeads + head) * BlockSize;
        return new HeadCache(pages, offset, offset + (nint)Positions * HeadSize, HeadSize, Stride, config.AttentionScale,
            config.IsSliding(layer) ? config.SlidingWindow!.Value : int.MaxValue);
    }
}

/// <summary>Keys and values of one sequence in one layer and key-value head.</summary>
/// <param name="pages">The address of each page.</param>
/// <param name="keys">Values from the start of a page to its keys.</param>
/// <param name="values">Values from the start of a page to its values.</param>
/// <param name="headSize">The width of a head.</param>
/// <param name="stride">Values from one row of values to the next.</param>
/// <param name="scale">The factor of attention scores.</param>
/// <param name="window">How many positions a query sees at most, its own included.</param>
internal readonly unsafe struct HeadCache(nint* pages, nint keys, nint values, int headSize, int stride, float scale, int window)
{
    public float Scale => scale;

    public int HeadSize => headSize;

    public int Stride => stride;

    /// <summary>Values from the keys of a page to its values.</summary>
    public nint KeysToValues => (nint)PageLayout.Positions * headSize;

    /// <summary>Values from the values of a page to the keys of the next head.</summary>
    public nint ValuesToNext => (nint)PageLayout.Positions * stride;

    /// <summary>The first position that a query sees of some.</summary>
    public int FirstSeen(int length) => Math.Max(0, length - window);

    /// <summary>The keys of one page: a panel of positions.</summary>
    public BlockedPanel Keys(int page) => new(pages + page, keys, int.MaxValue, PageLayout.Positions);

    /// <summary>Sixteen columns of all values.</summary>
    public BlockedPanel Values(int column) => new(pages, values + column, PageLayout.Positions, stride);

    public void Store(int position, float* key, float* value)
    {
        var page = (float*)pages[position / PageLayout.Positions];
        var row = position % PageLayout.Positions;
        var to = page + keys + row;
        for (var d = 0; d < headSize; d++) to[d * PageLayout.Positions] = key[d];
        to = page + values + row * stride;
        for (var d = 0; d < headSize; d++) to[d] = value[d];
        // Padding takes part in products, so it must not hold leftovers.
        for (var d = headSize; d < stride; d++) to[d] = 0;
    }
}
