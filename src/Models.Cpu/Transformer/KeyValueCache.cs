namespace AgentTeams;

/// <summary>
/// Keys and values of one sequence. Per layer and key-value head: keys transposed [headSize, capacity], then values
/// [capacity, stride], where capacity and stride are multiples of 8.
/// </summary>
internal readonly unsafe record struct KeyValueCache(nint Data, int Capacity, int KeyValueHeads, int HeadSize)
{
    public int Stride => RoundUp(HeadSize);

    public float* Keys(int layer, int head) => (float*)Data + Offset(layer, head);

    public float* Values(int layer, int head) => Keys(layer, head) + (nint)HeadSize * Capacity;

    public static int RoundUp(int n) => (n + 7) / 8 * 8;

    public static long SizeOf(ModelConfig config, int capacity) =>
        (long)config.Layers * config.KeyValueHeads * capacity * (config.HeadSize + RoundUp(config.HeadSize));

    /// <summary>Stores the key and value rows of one position.</summary>
    public void Store(int layer, int position, float* key, float* value)
    {
        for (var h = 0; h < KeyValueHeads; h++, key += HeadSize, value += HeadSize)
        {
            var keys = Keys(layer, h) + position;
            var values = Values(layer, h) + (nint)position * Stride;
            for (var d = 0; d < HeadSize; d++)
            {
                keys[(nint)d * Capacity] = key[d];
                values[d] = value[d];
            }

            // Padding takes part in vector sums, so it must not hold leftovers.
            for (var d = HeadSize; d < Stride; d++) values[d] = 0;
        }
    }

    public void CopyPrefix(KeyValueCache from, int layers, int length)
    {
        for (var l = 0; l < layers; l++)
        {
            for (var h = 0; h < KeyValueHeads; h++)
            {
                for (var d = 0; d < HeadSize; d++)
                    new Span<float>(from.Keys(l, h) + (nint)d * from.Capacity, length).CopyTo(new Span<float>(Keys(l, h) + (nint)d * Capacity, length));
                new Span<float>(from.Values(l, h), length * Stride).CopyTo(new Span<float>(Values(l, h), length * Stride));
            }
        }
    }

    private nint Offset(int layer, int head) => ((nint)layer * KeyValueHeads + head) * Capacity * (HeadSize + Stride);
}
