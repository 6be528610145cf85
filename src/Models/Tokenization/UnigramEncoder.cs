using System.Text;

namespace AgentTeams.Models;

/// <summary>
/// The unigram language model of Kudo (2018): of all ways to cut a word into pieces the one with the greatest sum of scores, found by
/// the Viterbi algorithm. A character without a piece scores ten below the worst piece; such characters in a row are one unknown.
/// </summary>
internal sealed class UnigramEncoder : IWordEncoder
{
    private const double UnknownPenalty = 10;
    private const int Root = 0, None = -1;
    private readonly Dictionary<(int Node, char Next), int> _children = [];
    private readonly List<int> _idOfNode = [None];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _pieces;
    private readonly IReadOnlyList<double> _scores;
    private readonly double _unknownScore;
    private readonly int _unknown;
    private readonly int?[]? _bytes;

    public UnigramEncoder(TokenizerDefinition definition)
    {
        var pieces = definition.TextPieces();
        _pieces = pieces.GetAlternateLookup<ReadOnlySpan<char>>();
        _scores = definition.Scores!;
        _unknownScore = _scores.Min() - UnknownPenalty;
        _unknown = definition.UnknownId!.Value;
        _bytes = definition.ByteFallback ? BytePieces.Ids(definition.Vocabulary) : null;
        foreach (var (piece, id) in pieces)
        {
            var node = Root;
            foreach (var c in piece)
            {
                if (!_children.TryGetValue((node, c), out var child))
                {
                    child = _children[(node, c)] = _idOfNode.Count;
                    _idOfNode.Add(None);
                }

                node = child;
            }

            if (node != Root) _idOfNode[node] = id;
        }
    }

    public int[] Encode(ReadOnlySpan<char> word)
    {
        var text = WellFormed(word);
        var paths = new Path[text.Length + 1];
        for (var start = 0; start < text.Length;)
        {
            var rune = char.IsHighSurrogate(text[start]) ? 2 : 1;
            var single = false;
            var node = Root;
            for (var end = start + 1; end <= text.Length && _children.TryGetValue((node, text[end - 1]), out node); end++)
            {
                if (_idOfNode[node] is var id and not None)
                {
                    Improve(ref paths[end], paths[start].Score + _scores[id], start, id);
                    single |= end - start == rune;
                }
            }

            if (!single) Improve(ref paths[start + rune], paths[start].Score + _unknownScore, start, _unknown);
            start += rune;
        }

        return Ids(text, paths);
    }

    private static void Improve(ref Path path, double score, int start, int id)
    {
        if (!path.IsReached || score > path.Score) path = new(true, score, start, id);
    }

    private int[] Ids(ReadOnlySpan<char> text, Path[] paths)
    {
        // From the end to the start, each piece from its last id to its first.
        var ids = new List<int>(text.Length);
        for (var end = text.Length; end > 0;)
        {
            var (_, _, start, id) = paths[end];
            if (id == _unknown)
            {
                while (start > 0 && paths[start].Id == _unknown) start = paths[start].Start;
                AddUnknown(text[start..end], ids);
            }
            else
            {
                ids.Add(id);
            }

            end = start;
        }

        ids.Reverse();
        return [.. ids];
    }

    /// <summary>The characters of an unknown may together be a piece that lost, else they are bytes where all of them have pieces.</summary>
    private void AddUnknown(ReadOnlySpan<char> text, List<int> ids)
    {
        if (_pieces.TryGetValue(text, out var piece))
        {
            ids.Add(piece);
            return;
        }

        var utf8 = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, utf8);
        if (_bytes is null || Array.Exists(utf8, b => _bytes[b] is null))
        {
            ids.Add(_unknown);
            return;
        }

        for (var i = utf8.Length - 1; i >= 0; i--) ids.Add(_bytes[utf8[i]]!.Value);
    }

    private static ReadOnlySpan<char> WellFormed(ReadOnlySpan<char> text) =>
        text.ContainsAnyInRange('\uD800', '\uDFFF') ? string.Concat(text.ToString().EnumerateRunes().Select(r => r.ToString())) : text;

    private readonly record struct Path(bool IsReached, double Score, int Start, int Id);
}
