using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace AgentTeams.Models;

/// <summary>
/// The replacements that SentencePiece compiles into a model (<c>precompiled_charsmap</c>): a double-array trie of UTF-8 bytes (Aoe 1989,
/// in the layout of Darts-clone), whose values say where a replacement begins in a block of texts that each end in a zero byte.
/// </summary>
internal sealed class CharacterMap
{
    private const int UnitBytes = 4;
    // The published library looks up a grapheme as one only where it is shorter than this.
    private const int LongGrapheme = 6;
    private readonly uint[] _units;
    private readonly byte[] _texts;

    private CharacterMap(uint[] units, byte[] texts) => (_units, _texts) = (units, texts);

    /// <exception cref="FormatException">The data are no such map; the message says why.</exception>
    public static CharacterMap Parse(string base64)
    {
        var data = Convert.FromBase64String(base64);
        if (data.Length < UnitBytes) throw new FormatException("its size is missing");
        var size = BinaryPrimitives.ReadUInt32LittleEndian(data);
        if (size == 0 || size % UnitBytes != 0 || size > data.Length - UnitBytes)
            throw new FormatException($"its trie cannot have {size} of {data.Length} bytes");
        var units = new uint[size / UnitBytes];
        for (var i = 0; i < units.Length; i++) units[i] = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(UnitBytes * (i + 1)));
        return new CharacterMap(units, data[(UnitBytes + (int)size)..]);
    }

    public string Normalize(string text)
    {
        var result = new StringBuilder(text.Length);
        Span<byte> utf8 = stackalloc byte[LongGrapheme];
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            var grapheme = rest[..StringInfo.GetNextTextElementLength(rest)];
            rest = rest[grapheme.Length..];
            if (Encoding.UTF8.TryGetBytes(grapheme, utf8, out var length) && length < LongGrapheme && Find(utf8[..length]) is { } whole)
            {
                result.Append(whole);
                continue;
            }

            foreach (var rune in grapheme.EnumerateRunes())
            {
                if (Find(utf8[..rune.EncodeToUtf8(utf8)]) is { } replacement) result.Append(replacement);
                else result.Append(rune.ToString());
            }
        }

        return result.ToString();
    }

    /// <summary>The replacement of the shortest beginning of a key that has one, which the published library takes for the whole key.</summary>
    private string? Find(ReadOnlySpan<byte> key)
    {
        var node = Offset(_units[0]);
        foreach (var b in key)
        {
            node ^= b;
            // The label's highest bit marks a value, which is no byte.
            if (b == 0 || node >= _units.Length || (_units[node] & 0x800000FF) != b) return null;
            var unit = _units[node];
            node ^= Offset(unit);
            if ((unit >> 8 & 1) == 1) return node < _units.Length ? TextAt(_units[node] & 0x7FFFFFFF) : null;
        }

        return null;
    }

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 1 << 9) >> 6);

    private string? TextAt(uint start)
    {
        if (start > _texts.Length) return null;
        var text = _texts.AsSpan((int)start);
        var end = text.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }
}
