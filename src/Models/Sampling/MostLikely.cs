namespace AgentTeams.Models;

/// <summary>Partial selection: finds the first keys in ascending order that reach a mass, without sorting the rest.</summary>
internal static class MostLikely
{
    /// <summary>Moves the smallest set of lowest keys whose weights sum to at least the target to the front.</summary>
    /// <param name="keys">Distinct keys; the low 32 bits are the index of the key's weight. Rearranged.</param>
    /// <param name="weights">Weights by index, none negative; empty for 1 each.</param>
    /// <param name="target">The mass to reach; above 0.</param>
    /// <returns>The size of the set: at least 1, all keys when the target is out of reach.</returns>
    public static int Count(Span<ulong> keys, ReadOnlySpan<float> weights, double target)
    {
        var (low, high, reached) = (0, keys.Length, 0.0);
        var random = 0x9E3779B97F4A7C15UL;
        while (low < high)
        {
            // Any pivot gives the same set; an irregular choice keeps the expected work linear for every order of the keys.
            random = random * 6364136223846793005UL + 1442695040888963407UL;
            var pivot = Partition(keys, low, high, low + (int)((random >> 33) % (ulong)(high - low)));
            var before = 0.0;
            for (var i = low; i < pivot; i++) before += Weight(keys[i], weights);
            if (reached + before >= target && pivot > low)
            {
                high = pivot;
                continue;
            }

            reached += before + Weight(keys[pivot], weights);
            if (reached >= target) return pivot + 1;
            low = pivot + 1;
        }

        return Math.Max(1, high);
    }

    private static float Weight(ulong key, ReadOnlySpan<float> weights) => weights.IsEmpty ? 1f : weights[(int)(uint)key];

    private static int Partition(Span<ulong> keys, int low, int high, int at)
    {
        var pivot = keys[at];
        keys[at] = keys[high - 1];
        keys[high - 1] = pivot;
        var middle = low;
        for (var i = low; i < high - 1; i++)
        {
            if (keys[i] > pivot) continue;
            (keys[i], keys[middle]) = (keys[middle], keys[i]);
            middle++;
        }

        (keys[middle], keys[high - 1]) = (pivot, keys[middle]);
        return middle;
    }
}
