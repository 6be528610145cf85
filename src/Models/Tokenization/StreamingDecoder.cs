using System.Text;

namespace AgentTeams;

/// <summary>
/// Turns ids into text one at a time, never splitting a character. All it returns, <see cref="Flush"/> included, is what
/// <see cref="Tokenizer.Decode"/> makes of all ids at once.
/// </summary>
internal sealed class StreamingDecoder(Tokenizer tokenizer, bool skipSpecial = true)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly List<byte> _bytes = [];
    private bool _started;

    /// <summary>The text that has become certain with this id; empty while a character is incomplete.</summary>
    public string Add(int id)
    {
        _bytes.Clear();
        tokenizer.AppendBytes(id, skipSpecial, atStart: !_started, _bytes);
        _started |= _bytes.Count > 0;
        return Decode(flush: false);
    }

    /// <summary>What remains: U+FFFD for a character that was never completed. The decoder then starts afresh.</summary>
    public string Flush()
    {
        _bytes.Clear();
        _started = false;
        return Decode(flush: true);
    }

    private string Decode(bool flush)
    {
        var bytes = _bytes.ToArray();
        Span<char> chars = new char[_decoder.GetCharCount(bytes, flush)];
        _decoder.GetChars(bytes, chars, flush);
        return chars.ToString();
    }
}
