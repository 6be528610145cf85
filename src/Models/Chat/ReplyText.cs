using System.Text;

namespace AgentTeams.Models;

/// <summary>The text of a reply as its ids arrive: finds stop texts, and says what of the text can no longer change.</summary>
internal sealed class ReplyText(TokenBytes bytes, IList<string> stops)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly int _longestStop = stops.Select(s => s.Length).DefaultIfEmpty(0).Max();
    private char[] _text = new char[256];
    private int _length;
    private int _stop = -1;

    /// <summary>Whether a stop text is complete.</summary>
    public bool IsStopped => _stop >= 0;

    /// <summary>Adds the text of an id; bytes of a character that is not complete yet wait for the rest.</summary>
    public void Append(int id)
    {
        var added = bytes.In(id);
        if (added.IsEmpty) return;
        var most = _length + Encoding.UTF8.GetMaxCharCount(added.Length);
        if (_text.Length < most) Array.Resize(ref _text, Math.Max(most, _text.Length * 2));
        var before = _length;
        _length += _decoder.GetChars(added, _text.AsSpan(_length), flush: false);
        if (_stop < 0) FindStop(Math.Max(0, before - _longestStop + 1));
    }

    /// <summary>
    /// The beginning of the reply that stands whatever comes: without the white space around it, stop texts, and a tail that may
    /// become either. It only grows.
    /// </summary>
    public ReadOnlySpan<char> Settled()
    {
        var text = _text.AsSpan(0, _length);
        var end = text.Length;
        if (_stop >= 0) end = Math.Min(end, _stop);
        foreach (var stop in stops) end = Math.Min(end, text.Length - ReplyParts.Overlap(text, stop));
        return text[..end].Trim();
    }

    /// <summary>The reply of a decoded completion: cut before the first stop text, then trimmed, as a stop text may begin or end with white space.</summary>
    public static string Finish(string decoded, IList<string> stops)
    {
        foreach (var stop in stops)
        {
            var at = decoded.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0) decoded = decoded[..at];
        }

        return decoded.Trim();
    }

    private void FindStop(int from)
    {
        foreach (var stop in stops)
        {
            var at = _text.AsSpan(from, _length - from).IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (_stop < 0 || from + at < _stop)) _stop = from + at;
        }
    }
}
