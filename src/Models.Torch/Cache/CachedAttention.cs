namespace AgentTeams.Models.Torch;

/// <summary>Each token attends to all positions of its sequence up to its own, which are gathered from the cache.</summary>
/// <param name="cache">Keys and values.</param>
/// <param name="batch">The sequences and their new tokens.</param>
internal sealed class CachedAttention(KeyValueCache cache, ChunkBatch batch) : IAttention
{
    public Tensor Attend(int layer, Tensor queries, Tensor keys, Tensor values)
    {
        var (b, h, t, d) = (queries.shape[0], queries.shape[1], queries.shape[2], queries.shape[3]);
        var shared = keys.shape[1];
        cache.Write(layer, batch.Slots, Rows(keys), Rows(values));
        var (allKeys, allValues) = cache.Read(layer, batch.Pages, b);
        // Query heads that share a key-value head are put behind each other as if they were tokens, so that no key is copied.
        var grouped = queries.reshape(b, shared, h / shared * t, d);
        var attended = t == 1 && queries.device_type == DeviceType.CPU
            ? AttendOnce(grouped, allKeys, allValues)
            : nn.functional.scaled_dot_product_attention(grouped, allKeys, allValues, batch.Mask);
        return attended.view(b, h, t, d);

        Tensor Rows(Tensor heads) => heads.transpose(1, 2).reshape(b * t * shared, d);
    }

    // The fused kernel calls one small product a sequence and head, which on a CPU takes five times as long.
    private Tensor AttendOnce(Tensor queries, Tensor keys, Tensor values)
    {
        var scores = queries.matmul(keys.transpose(-1, -2)).mul_(1 / Math.Sqrt(queries.shape[3])).add_(batch.Mask);
        return scores.softmax(-1).matmul(values);
    }
}
