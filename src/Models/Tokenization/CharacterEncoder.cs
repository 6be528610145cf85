namespace AgentTeams.Models;

/// <summary>
/// BPE over characters, as SentencePiece trains it: a word's characters, merged. A character that the vocabulary lacks becomes its
/// bytes where these have pieces, else the unknown token.
/// </summary>
internal sealed class CharacterEncoder : IWordEncoder
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _pieces;
    private readonly BytePairMerger _merger;
    private readonly int?[]? _bytes;
    private readonly int? _unknown;
    private readonly bool _fusesUnknown, _ignoresMerges;

    public CharacterEncoder(TokenizerDefinition definition)
    {
        _pieces = definition.TextPieces().GetAlternateLookup<ReadOnlySpan<char>>();
        _merger = new BytePairMerger(definition.Vocabulary, definition.Merges);
        _bytes = definition.ByteFallback ? BytePieces.Ids(definition.Vocabulary) : null;
        _unknown = definition.UnknownId;
        (_fusesUnknown, _ignoresMerges) = (definition.FusesUnknown, definition.IgnoreMerges);
    }

    public int[] Encode(ReadOnlySpan<char> word)
    {
        if (_ignoresMerges && _pieces.TryGetValue(word, out var whole)) return [whole];
        var ids = new List<int>(word.Length);
        // An unknown token waits for the next piece or unknown, and bytes do not end the wait: so the published library orders them.
        var waiting = false;
        Span<char> units = stackalloc char[2];
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in word.EnumerateRunes())
        {
            if (_pieces.TryGetValue(units[..rune.EncodeToUtf16(units)], out var id))
            {
                Unknown();
                ids.Add(id);
            }
            else if (!AddBytes(utf8[..rune.EncodeToUtf8(utf8)], ids))
            {
                if (!_fusesUnknown) Unknown();
                waiting = true;
            }
        }

        Unknown();
        return _merger.Merge([.. ids]);

        void Unknown()
        {
            // Files without an unknown token have a piece for every byte.
            if (waiting) ids.Add(_unknown!.Value);
            waiting = false;
        }
    }

    private bool AddBytes(ReadOnlySpan<byte> utf8, List<int> ids)
    {
        if (_bytes is null) return false;
        foreach (var b in utf8)
        {
            if (_bytes[b] is null) return false;
        }

        foreach (var b in utf8) ids.Add(_bytes[b]!.Value);
        return true;
    }
}
