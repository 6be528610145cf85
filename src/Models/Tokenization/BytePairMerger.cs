namespace AgentTeams.Models;

/// <summary>Joins the first pieces of a word by the learnt merges: always the pair learnt first, and of equal pairs the leftmost.</summary>
internal sealed class BytePairMerger
{
    private const int Gone = -1, NoMerge = int.MaxValue;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> _merges;

    public BytePairMerger(IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<(string Left, string Right)> merges)
    {
        _merges = new(merges.Count);
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            _merges[(vocabulary[left], vocabulary[right])] = (rank, vocabulary[left + right]);
        }
    }

    /// <summary>The ids of a word, in time n log n.</summary>
    /// <param name="ids">The pieces to start from; used up.</param>
    public int[] Merge(int[] ids)
    {
        var count = ids.Length;
        var (next, previous, ranks) = (new int[count], new int[count], new int[count]);
        for (var i = 0; i < count; i++) (next[i], previous[i]) = (i + 1, i - 1);

        var queue = new PriorityQueue<int, long>();
        for (var i = 0; i < count; i++) Rank(i);
        while (queue.TryDequeue(out var at, out var priority))
        {
            // Neighbours change after a pair is queued; only the latest rank counts.
            if (ranks[at] != priority >> 32) continue;
            var right = next[at];
            ids[at] = _merges[(ids[at], ids[right])].Id;
            ranks[right] = Gone;
            next[at] = next[right];
            if (next[at] < count) previous[next[at]] = at;
            Rank(at);
            if (previous[at] >= 0) Rank(previous[at]);
        }

        var merged = new List<int>(count);
        for (var i = 0; i < count; i = next[i]) merged.Add(ids[i]);
        return [.. merged];

        void Rank(int at)
        {
            ranks[at] = next[at] < count && _merges.TryGetValue((ids[at], ids[next[at]]), out var merge) ? merge.Rank : NoMerge;
            if (ranks[at] != NoMerge) queue.Enqueue(at, ((long)ranks[at] << 32) | (uint)at);
        }
    }
}
