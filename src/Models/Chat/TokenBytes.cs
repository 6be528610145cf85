using System.Runtime.CompilerServices;
using System.Text;

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
        var bytes = new List<byte>();
        foreach (var (token, id) in tokenizer.Vocabulary)
        {
            bytes.Clear();
            Texts[id] = ByteAlphabet.TryDecode(token, bytes) ? [.. bytes] : Encoding.UTF8.GetBytes(token);
        }

        foreach (var token in tokenizer.Added)
        {
            // A token that swallows the space before it gives one back, but not at the very beginning.
            if (token.StripLeft) _first[token.Id] = Encoding.UTF8.GetBytes(token.Text);
            Texts[token.Id] = token.Special ? null : Encoding.UTF8.GetBytes(token.StripLeft ? " " + token.Text : token.Text);
            _isSpecial[token.Id] = token.Special;
        }
    }

    /// <summary>The bytes of each id amid others; null for special tokens and ids that are not in use.</summary>
    public byte[]?[] Texts { get; }

    public static TokenBytes Of(Tokenizer tokenizer) => s_all.GetValue(tokenizer, t => new TokenBytes(t));

    /// <summary>The bytes that an id adds to a text.</summary>
    public ReadOnlySpan<byte> In(int id, bool isFirst)
    {
        if ((uint)id >= (uint)Texts.Length) return "\uFFFD"u8;
        if (_isSpecial[id]) return default;
        return isFirst && _first.TryGetValue(id, out var first) ? first : Texts[id] ?? "\uFFFD"u8;
    }
}
