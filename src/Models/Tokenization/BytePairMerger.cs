namespace AgentTeams.Models;

/// <summary>Joins the bytes of a word by the learnt merges: always the pair learnt first, and of equal pairs the leftmost.</summary>
internal sealed class BytePairMerger
{
    private const int Gone = -1, NoMerge = int.MaxValue;
    private readonly int[] _byteIds = new int[256];
    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> _merges;

    public BytePairMerger(IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<(string Left, string Right)> merges)
    {
        for (var b = 0; b < 256; b++) _byteIds[b] = vocabulary.TryGetValue(ByteAlphabet.ToChar((byte)b).ToString(), out var id) ? id : Gone;
        _merges = new(merges.Count);
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            _merges[(vocabulary[left], vocabulary[right])] = (rank, vocabulary[left + right]);
        }
    }

    /// <summary>The ids of a word's UTF-8 bytes, in time n log n.</summary>
    public int[] Merge(ReadOnlySpan<byte> word)
    {
        var count = word.Length;
        var (ids, next, previous, ranks) = (new int[count], new int[count], new int[count], new int[count]);
        for (var i = 0; i < count; i++)
        {
            ids[i] = _byteIds[word[i]];
            if (ids[i] == Gone) throw new AgentTeamsException($"The vocabulary lacks the piece '{ByteAlphabet.ToChar(word[i])}'. Byte-level BPE needs all 256 bytes.");
            (next[i], previous[i]) = (i + 1, i - 1);
        }

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
