using System.Runtime.CompilerServices;

namespace AgentTeams.Models;

/// <summary>The bytes that each id adds to text before it, looked up once per tokenizer.</summary>
internal sealed class TokenBytes
{
    private static readonly ConditionalWeakTable<Tokenizer, TokenBytes> s_all = [];
    private readonly bool[] _isSpecial;

    private TokenBytes(Tokenizer tokenizer)
    {
        (Texts, _isSpecial) = (new byte[]?[tokenizer.VocabularySize], new bool[tokenizer.VocabularySize]);
        for (var id = 0; id < Texts.Length; id++)
        {
            if (!tokenizer.IsInUse(id)) continue;
            var bytes = new List<byte>();
            tokenizer.AppendBytes(id, skipSpecial: true, isFirst: false, bytes);
            _isSpecial[id] = bytes.Count == 0;
            if (bytes.Count > 0) Texts[id] = [.. bytes];
        }
    }

    /// <summary>The bytes of each id; null for special tokens and ids that are not in use.</summary>
    public byte[]?[] Texts { get; }

    public static TokenBytes Of(Tokenizer tokenizer) => s_all.GetValue(tokenizer, t => new TokenBytes(t));

    /// <summary>The bytes that an id adds to a text.</summary>
    public ReadOnlySpan<byte> In(int id) => (uint)id >= (uint)Texts.Length ? "\uFFFD"u8 : _isSpecial[id] ? default : Texts[id] ?? "\uFFFD"u8;
}
