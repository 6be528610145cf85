using System.Text;

namespace AgentTeams.Models;

/// <summary>Byte-level BPE: a word's UTF-8 bytes, merged.</summary>
internal sealed class ByteLevelEncoder : IWordEncoder
{
    private const int Missing = -1;
    private readonly int[] _byteIds = new int[256];
    private readonly BytePairMerger _merger;
    private readonly Dictionary<string, int>? _wholeWords;
    private readonly HashSet<int> _added;

    public ByteLevelEncoder(TokenizerDefinition definition)
    {
        _merger = new BytePairMerger(definition.Vocabulary, definition.Merges);
        _wholeWords = definition.IgnoreMerges ? definition.Vocabulary : null;
        _added = [.. definition.Added.Select(a => a.Id)];
        for (var b = 0; b < 256; b++) _byteIds[b] = definition.Vocabulary.GetValueOrDefault(ByteAlphabet.ToChar((byte)b).ToString(), Missing);
    }

    public int[] Encode(ReadOnlySpan<char> word)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, bytes);
        // An added token has a piece too, but only what looks for added tokens may find it.
        if (_wholeWords is not null && _wholeWords.TryGetValue(ByteAlphabet.Encode(bytes), out var whole) && !_added.Contains(whole)) return [whole];
        var ids = new int[bytes.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = _byteIds[bytes[i]];
            if (ids[i] == Missing)
                throw new AgentTeamsException($"The vocabulary lacks the piece '{ByteAlphabet.ToChar(bytes[i])}'. Byte-level BPE needs all 256 bytes.");
        }

        return _merger.Merge(ids);
    }
}
