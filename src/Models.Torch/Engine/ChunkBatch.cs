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
        var heads = weights.Config.KeyValueHeads;
        var (slots, blocks) = (2 * size, (2 + heads) * size);
        var packed = new long[blocks + chunks.Count * heads * pages];
        for (var row = 0; row < chunks.Count; row++)
        {
            var (chunk, sequence) = (chunks[row], (CachedSequence)chunks[row].Sequence);
            for (var i = 0; i < width; i++)
            {
                var (at, real) = (row * width + i, i < chunk.Count);
                var position = chunk.Sequence.Length + Math.Min(i, chunk.Count - 1);
                packed[at] = real ? chunk.Tokens[chunk.Start + i] : 0;
                packed[size + at] = position;
                for (var h = 0; h < heads; h++) packed[slots + at * heads + h] = real ? sequence.SlotOf(position, h, heads) : PageTable.Padding;
            }

            for (var h = 0; h < heads; h++)
            {
                for (var p = 0; p < pages; p++)
                    packed[blocks + (row * heads + h) * pages + p] = (p < sequence.Pages.Count ? sequence.Pages[p] : PageTable.Padding) * (long)heads + h;
            }
        }

        var all = TensorData.Integers(packed, weights.Device);
        Ids = all.narrow(0, 0, size).view(chunks.Count, width);
        Positions = all.narrow(0, size, size).view(chunks.Count, width);
        Slots = all.narrow(0, slots, size * heads);
        Pages = all.narrow(0, blocks, chunks.Count * heads * pages);
        Width = width;
        Mask = MaskOf((long)pages * PageTable.Positions, weights.Config.Heads / weights.Config.KeyValueHeads, weights.Parameters.Type);
    }

    public int Width { get; }

    public Tensor Ids { get; }

    public Tensor Positions { get; }

    /// <summary>Where the keys and values of each token and head go.</summary>
    public Tensor Slots { get; }

    /// <summary>The pages of each sequence and head, padded to the most.</summary>
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
