namespace AgentTeams.Models;

/// <summary>
/// The bytes of a vocabulary as a prefix tree, in preorder: the children of a node follow it, and <c>Ends</c> says where its subtree
/// ends. Built once per tokenizer.
/// </summary>
internal sealed class TokenTrie
{
    // Longer tokens are never sampled under a grammar; vocabularies hold few.
    private const int MaxTokenBytes = 256;

    private readonly int[] _tokens;
    private readonly int[] _first;
    private readonly int[] _roots = new int[256];

    /// <param name="bytes">The bytes of each id; null for ids that are no text.</param>
    /// <param name="stopIds">Ids that end a reply and so are no text either.</param>
    public TokenTrie(byte[]?[] bytes, ReadOnlySpan<int> stopIds)
    {
        Bytes = [.. bytes];
        foreach (var id in stopIds)
        {
            if ((uint)id < (uint)bytes.Length) Bytes[id] = null;
        }

        _tokens = [.. Enumerable.Range(0, bytes.Length).Where(id => Bytes[id] is { Length: > 0 and <= MaxTokenBytes })];
        Array.Sort(_tokens, (a, b) => Bytes[a].AsSpan().SequenceCompareTo(Bytes[b]) is var order and not 0 ? order : a.CompareTo(b));
        var (labels, depths, first) = (new List<byte>(), new List<int>(), new List<int>());
        ReadOnlySpan<byte> before = [];
        for (var t = 0; t < _tokens.Length; t++)
        {
            var token = Bytes[_tokens[t]].AsSpan();
            for (var d = before.CommonPrefixLength(token); d < token.Length; d++)
            {
                labels.Add(token[d]);
                depths.Add(d);
                first.Add(t);
            }

            before = token;
        }

        (Labels, Depths, _first) = ([.. labels], [.. depths], [.. first]);
        Ends = EndsOf(Depths);
        Array.Fill(_roots, -1);
        for (var node = 0; node < Labels.Length; node = Ends[node]) _roots[Labels[node]] = node;
    }

    /// <summary>The bytes of each id; null for ids that are no text.</summary>
    public byte[]?[] Bytes { get; }

    /// <summary>The byte that leads to each node.</summary>
    public byte[] Labels { get; }

    /// <summary>How many bytes precede it.</summary>
    public int[] Depths { get; }

    /// <summary>The first node after each node's subtree.</summary>
    public int[] Ends { get; }

    /// <summary>The ids that end at a node.</summary>
    public ReadOnlySpan<int> TokensAt(int node)
    {
        var first = _first[node];
        var count = 0;
        while (first + count < _tokens.Length && Bytes[_tokens[first + count]]!.Length == Depths[node] + 1 && (count == 0 || SameBytes(first, first + count)))
            count++;
        return _tokens.AsSpan(first, count);
    }

    /// <summary>The fewest tokens that spell a text; <see cref="int.MaxValue"/> when none do.</summary>
    public int CountTokens(ReadOnlySpan<byte> text)
    {
        var fewest = new int[text.Length + 1];
        for (var i = text.Length - 1; i >= 0; i--)
        {
            fewest[i] = int.MaxValue;
            var node = _roots[text[i]];
            for (var end = i + 1; node >= 0; node = end < text.Length ? Child(node, text[end++]) : -1)
            {
                if (fewest[end] < fewest[i] - 1 && TokensAt(node).Length > 0) fewest[i] = fewest[end] + 1;
            }
        }

        return fewest[0];
    }

    private int Child(int node, byte label)
    {
        for (var child = node + 1; child < Ends[node]; child = Ends[child])
        {
            if (Labels[child] == label) return child;
        }

        return -1;
    }

    private bool SameBytes(int a, int b) => Bytes[_tokens[a]].AsSpan().SequenceEqual(Bytes[_tokens[b]]);

    private static int[] EndsOf(int[] depths)
    {
        var ends = new int[depths.Length];
        var open = new Stack<int>();
        for (var node = 0; node < depths.Length; node++)
        {
            while (open.TryPeek(out var last) && depths[last] >= depths[node]) ends[open.Pop()] = node;
            open.Push(node);
        }

        while (open.TryPop(out var last)) ends[last] = depths.Length;
        return ends;
    }
}
