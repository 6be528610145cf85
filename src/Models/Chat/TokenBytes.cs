using System.Runtime.CompilerServices;

namespace AgentTeams;

/// <summary>The bytes that decoding makes of each id, looked up once per tokenizer.</summary>
internal sealed class TokenBytes
{
    private static readonly ConditionalWeakTable<Tokenizer, TokenBytes> s_all = [];
    private readonly Dictionary<int, byte[]> _first = [];
    private readonly bool[] _isSpecial;

    private TokenBytes(Tokenizer tokenizer)
    {
        (Texts, _isSpecial) = (new byte[]?[tokenizer.VocabularySize], new bool[tokenizer.VocabularySize]);
        for (var id = 0; id < Texts.Length; id++)
        {
            if (!tokenizer.IsInUse(id)) continue;
            var (amid, first) = (Bytes(tokenizer, id, atStart: false), Bytes(tokenizer, id, atStart: true));
            _isSpecial[id] = amid.Length == 0;
            if (amid.Length > 0) Texts[id] = amid;
            // A token that swallows the space before it gives one back, but not at the very beginning.
            if (first.Length != amid.Length) _first[id] = first;
        }
    }

    /// <summary>The bytes of each id amid others; null for special tokens and ids that are not in use.</summary>
    public byte[]?[] Texts { get; }

    public static TokenBytes Of(Tokenizer tokenizer) => s_all.GetValue(tokenizer, t => new TokenBytes(t));

    private static byte[] Bytes(Tokenizer tokenizer, int id, bool atStart)
    {
        var bytes = new List<byte>();
        tokenizer.AppendBytes(id, skipSpecial: true, atStart, bytes);
        return [.. bytes];
    }

    /// <summary>The bytes that an id adds to a text.</summary>
    public ReadOnlySpan<byte> In(int id, bool isFirst)
    {
        if ((uint)id >= (uint)Texts.Length) return "\uFFFD"u8;
        if (_isSpecial[id]) return default;
        return isFirst && _first.TryGetValue(id, out var first) ? first : Texts[id] ?? "\uFFFD"u8;
    }
}
