using System.Globalization;
using System.Text;

namespace AgentTeams.Models;

/// <summary>What Python does with strings.</summary>
internal static class JinjaText
{
    // Where Python ends lines.
    private static readonly char[] s_lineEnds = ['\n', '\r', '\v', '\f', '\u001C', '\u001D', '\u001E', '\u0085', '\u2028', '\u2029'];

    /// <summary>Takes white space, or the given characters, off one end or both.</summary>
    public static string Strip(string text, string? characters = null, bool start = true, bool end = true)
    {
        var (from, to) = (0, text.Length);
        while (start && from < to && Strips(text[from])) from++;
        while (end && to > from && Strips(text[to - 1])) to--;
        return text[from..to];

        bool Strips(char c) => characters is null ? IsSpace(c) : characters.Contains(c, StringComparison.Ordinal);
    }

    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';

    /// <summary>The words of a text, or its parts between a separator; at most so many cuts, from the end where asked.</summary>
    public static List<object?> Split(string text, string? separator, long most, bool fromEnd)
    {
        if (separator is { Length: 0 }) throw new JinjaException("the separator of 'split' is empty");
        var parts = separator is null ? Words(text, most, fromEnd) : Parts(text, separator, most, fromEnd);
        return [.. parts];
    }

    public static string Capitalize(string text) => Title(text, before => before is null);

    /// <summary>Each run of letters with a capital first, as Python's method does.</summary>
    public static string Title(string text) => Title(text, before => before is not { } rune || !Rune.IsLetter(rune));

    /// <summary>Each word with a capital first, as Jinja's filter does, for which words end at white space, hyphens and opening brackets.</summary>
    public static string TitleWords(string text) =>
        Title(text, before => before is not { } rune || rune.Value is '-' or '(' or '{' or '[' or '<' || (rune.IsBmp && IsSpace((char)rune.Value)));

    private static string Title(string text, Func<Rune?, bool> beginsAfter)
    {
        var title = new StringBuilder(text.Length);
        Rune? before = null;
        foreach (var c in text.EnumerateRunes())
        {
            title.Append(beginsAfter(before) ? Rune.ToUpperInvariant(c) : Rune.ToLowerInvariant(c));
            before = c;
        }

        return title.ToString();
    }

    /// <summary>A substring by characters rather than UTF-16 units.</summary>
    public static List<string> Characters(string text) => [.. text.EnumerateRunes().Select(r => r.ToString())];

    /// <summary>The lines of a text without their ends.</summary>
    public static List<object?> Lines(string text)
    {
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Split(s_lineEnds).ToList<object?>();
        if (lines[^1] is "") lines.RemoveAt(lines.Count - 1);
        return lines;
    }

    /// <summary>A text with the given indentation before its lines, the first and empty ones excepted unless asked.</summary>
    public static string Indent(string text, string indentation, bool first, bool blank)
    {
        var lines = text.Split('\n');
        return string.Join('\n',
            lines.Select((line, i) => (i == 0 ? first : true) && (blank || line.Length > 0 || (i == 0 && first)) ? indentation + line : line));
    }

    /// <summary>A date in the form of C's strftime.</summary>
    public static string Date(DateTimeOffset now, string format)
    {
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }

            var code = format[++i];
            var unpadded = code == '-' && i + 1 < format.Length;
            if (unpadded) code = format[++i];
            text.Append(code switch
            {
                'Y' => now.ToString("yyyy", CultureInfo.InvariantCulture), 'y' => now.ToString("yy", CultureInfo.InvariantCulture),
                'm' => now.ToString(unpadded ? "%M" : "MM", CultureInfo.InvariantCulture),
                'd' => now.ToString(unpadded ? "%d" : "dd", CultureInfo.InvariantCulture),
                'B' => now.ToString("MMMM", CultureInfo.InvariantCulture), 'b' => now.ToString("MMM", CultureInfo.InvariantCulture),
                'A' => now.ToString("dddd", CultureInfo.InvariantCulture), 'a' => now.ToString("ddd", CultureInfo.InvariantCulture),
                'H' => now.ToString("HH", CultureInfo.InvariantCulture), 'M' => now.ToString("mm", CultureInfo.InvariantCulture),
                'S' => now.ToString("ss", CultureInfo.InvariantCulture),
                '%' => "%",
                _ => throw new JinjaException($"the date format '%{code}' is not supported"),
            });
        }

        return text.ToString();
    }

    private static List<string> Words(string text, long most, bool fromEnd)
    {
        var words = new List<string>();
        if (fromEnd)
        {
            for (var rest = Strip(text, start: false); rest.Length > 0; rest = Strip(rest, start: false))
            {
                var start = words.Count == most ? 0 : rest.Length;
                while (start > 0 && !IsSpace(rest[start - 1])) start--;
                words.Insert(0, rest[start..]);
                rest = rest[..start];
            }

            return words;
        }

        for (var rest = Strip(text, end: false); rest.Length > 0; rest = Strip(rest, end: false))
        {
            if (words.Count == most)
            {
                words.Add(rest);
                break;
            }

            var end = 0;
            while (end < rest.Length && !IsSpace(rest[end])) end++;
            words.Add(rest[..end]);
            rest = rest[end..];
        }

        return words;
    }

    private static List<string> Parts(string text, string separator, long most, bool fromEnd)
    {
        var parts = new List<string>();
        while (most < 0 || parts.Count < most)
        {
            var at = fromEnd ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
            if (at < 0) break;
            if (fromEnd) parts.Insert(0, text[(at + separator.Length)..]);
            else parts.Add(text[..at]);
            text = fromEnd ? text[..at] : text[(at + separator.Length)..];
        }

        parts.Insert(fromEnd ? 0 : parts.Count, text);
        return parts;
    }
}
