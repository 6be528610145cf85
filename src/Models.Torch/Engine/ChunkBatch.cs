namespace AgentTeams.Models.Torch;

/// <summary>
/// Chunks that are computed together, padded on the right to the longest. Padding repeats the position before it, so that it
/// attends to something, and is written to a page that nobody reads.
/// </summary>
internal sealed class ChunkBatch
{
    private readonly IReadOnlyList<SequenceChunk> _chunks;

    /// <param name="chunks">The chunks; those of one adapter are neighbours.</param>
    /// <param name="weights">The model.</param>
    public ChunkBatch(IReadOnlyList<SequenceChunk> chunks, DecoderWeights weights)
    {
        _chunks = chunks;
        var width = chunks.Max(c => c.Count);
        var pages = chunks.Max(c => PageTable.PagesFor(c.Sequence.Length + c.Count));
        var size = chunks.Count * width;
        // One transfer for all of it.
        var packed = new long[3 * size + chunks.Count * pages];
        for (var row = 0; row < chunks.Count; row++)
        {
            var (chunk, sequence) = (chunks[row], (CachedSequence)chunks[row].Sequence);
            for (var i = 0; i < width; i++)
            {
                var (at, real) = (row * width + i, i < chunk.Count);
                var position = chunk.Sequence.Length + Math.Min(i, chunk.Count - 1);
                packed[at] = real ? chunk.Tokens[chunk.Start + i] : 0;
                packed[size + at] = position;
                packed[2 * size + at] = real ? sequence.SlotOf(position) : PageTable.Padding;
            }

            for (var p = 0; p < Math.Min(pages, sequence.Pages.Count); p++) packed[3 * size + row * pages + p] = sequence.Pages[p];
        }

        var all = TensorData.Integers(packed, weights.Device);
        Ids = all.narrow(0, 0, size).view(chunks.Count, width);
        Positions = all.narrow(0, size, size).view(chunks.Count, width);
        Slots = all.narrow(0, 2 * size, size);
        Pages = all.narrow(0, 3 * size, chunks.Count * pages);
        Width = width;
        Mask = MaskOf((long)pages * PageTable.Positions, weights.Config.Heads / weights.Config.KeyValueHeads, weights.Parameters.Type);
    }

    public int Width { get; }

    public Tensor Ids { get; }

    public Tensor Positions { get; }

    /// <summary>Where each token's keys and values go.</summary>
    public Tensor Slots { get; }

    /// <summary>The pages of each sequence, padded to the most.</summary>
    public Tensor Pages { get; }

    /// <summary>0 where a token attends and -∞ where not: [sequences, 1, groups · tokens, positions] for all heads of a group.</summary>
    public Tensor Mask { get; }

    public IReadOnlyList<AdapterRows> Adapters()
    {
        var rows = new List<AdapterRows>();
        for (var i = 0; i < _chunks.Count; i++)
        {
            if (((CachedSequence)_chunks[i].Sequence).Adapter is not { } adapter) continue;
            if (rows.Count > 0 && rows[^1].Adapter == adapter) rows[^1] = rows[^1] with { Count = rows[^1].Count + 1 };
            else rows.Add(new(adapter, i, 1));
        }

        return rows;
    }

    private Tensor MaskOf(long positions, int groups, ScalarType type)
    {
        var later = arange(positions, device: Positions.device).view(1, 1, 1, positions) > Positions.view(_chunks.Count, 1, Width, 1);
        return zeros_like(later, type).masked_fill(later, float.NegativeInfinity)
            .expand(_chunks.Count, groups, Width, positions).reshape(_chunks.Count, 1, groups * Width, positions);
    }
}
