using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AgentTeams.Models;

/// <summary>
/// Translates the regular expressions of published tokenizers, which mean what the Oniguruma library makes of them, into the
/// framework's dialect. What would mean something else there is refused by name.
/// </summary>
internal sealed class WordPattern
{
    private const int MaxDepth = 32, MaxRepeat = 1000;
    private const int CachedPatterns = 256;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly ConcurrentDictionary<string, WordPattern> s_cache = new(StringComparer.Ordinal);

    private static readonly HashSet<string> s_categories = new(StringComparer.Ordinal)
    {
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
        "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Co", "Cn",
    };

    private readonly string _source;
    private readonly StringBuilder _output = new();
    private int _position;

    private WordPattern(string source) => _source = source;

    /// <summary>The expression in the framework's dialect.</summary>
    public Regex Regex { get; private set; } = null!;

    /// <summary>The characters that the expression names one by one or in ranges, rather than by category.</summary>
    public List<(char From, char To)> Named { get; } = [];

    /// <summary>Translates one expression.</summary>
    /// <exception cref="FormatException">Something in it is not supported; the message names it.</exception>
    public static WordPattern Parse(string source)
    {
        if (s_cache.TryGetValue(source, out var known)) return known;
        var pattern = new WordPattern(source);
        pattern.Alternatives(ignoreCase: false, depth: 0);
        if (pattern._position < source.Length) throw new FormatException("')' closes nothing");
        try
        {
            pattern.Regex = new Regex(pattern._output.ToString(), RegexOptions.CultureInvariant, s_patience);
        }
        catch (ArgumentException e)
        {
            throw new FormatException(e.Message, e);
        }

        if (s_cache.Count < CachedPatterns) s_cache.TryAdd(source, pattern);
        return pattern;
    }

    /// <summary>A pattern for a plain piece of text.</summary>
    public static WordPattern Literal(string text) =>
        Parse(string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c > 0x7F ? c.ToString() : "\\" + c)));

    private bool More => _position < _source.Length;

    private void Alternatives(bool ignoreCase, int depth)
    {
        if (depth > MaxDepth) throw new FormatException($"groups nest deeper than {MaxDepth}");
        while (More && _source[_position] != ')')
        {
            if (Take("|")) _output.Append('|');
            else Repeated(ignoreCase, depth);
        }
    }

    private void Repeated(bool ignoreCase, int depth)
    {
        var start = _output.Length;
        Atom(ignoreCase, depth);
        if (!More) return;
        var braces = _source[_position] == '{';
        if (braces) Braces();
        else if (_source[_position] is '?' or '*' or '+') _output.Append(_source[_position++]);
        else return;
        if (!More || _source[_position] is not ('?' or '*' or '+' or '{')) return;
        // After braces the dialects disagree on what a second sign means, and after any quantifier on what a third does.
        if (braces || _source[_position] is '*' or '{')
            throw new FormatException($"the quantifier '{_source[(_position - 1)..(_position + 1)]}' is not supported");
        if (_source[_position++] == '?') _output.Append('?');
        else _output.Insert(start, "(?>").Append(')');
        if (More && _source[_position] is '?' or '*' or '+' or '{') throw new FormatException("three quantifiers in a row are not supported");
    }

    private void Braces()
    {
        var close = _source.IndexOf('}', _position);
        var bounds = close < 0 ? [] : _source[(_position + 1)..close].Split(',');
        var good = bounds.Length is 1 or 2 && Bound(bounds[0], out var from)
            && (bounds.Length == 1 || bounds[1].Length == 0 || (Bound(bounds[1], out var to) && from <= to));
        if (!good) throw new FormatException($"the quantifier '{_source[_position..(close < 0 ? _source.Length : close + 1)]}' is not supported");
        _output.Append(_source, _position, close + 1 - _position);
        _position = close + 1;

        static bool Bound(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= MaxRepeat;
    }

    private void Atom(bool ignoreCase, int depth)
    {
        var c = _source[_position++];
        switch (c)
        {
            case '(':
                Group(ignoreCase, depth);
                break;
            case '[':
                Class(ignoreCase);
                break;
            case '\\':
                if (Escape(ignoreCase) is { } literal) Character(literal, ignoreCase);
                break;
            case '.':
                _output.Append('.');
                break;
            case '^' or '$' or '?' or '*' or '+' or '{':
                throw new FormatException($"'{c}' at {_position - 1} is not supported");
            default:
                Character(c, ignoreCase);
                break;
        }
    }

    private void Group(bool ignoreCase, int depth)
    {
        string[] openings = ["?:", "?i:", "?=", "?!", "?<=", "?<!", "?>"];
        var opening = Array.Find(openings, Take);
        if (opening is null && More && _source[_position] == '?')
            throw new FormatException($"the group '({_source[_position..Math.Min(_source.Length, _position + 3)]}' is not supported");
        // Case is folded while translating; captured groups are used by nobody.
        _output.Append('(').Append(opening is null or "?i:" ? "?:" : opening);
        Alternatives(ignoreCase || opening == "?i:", depth + 1);
        if (!Take(")")) throw new FormatException("'(' is never closed");
        _output.Append(')');
    }

    private void Class(bool ignoreCase)
    {
        _output.Append(Take("^") ? "[^" : "[");
        var first = true;
        while (!Take("]"))
        {
            if (!More || _source.AsSpan(_position).StartsWith("&&") || _source[_position] == '[')
                throw new FormatException("a character class is not closed, nested or an intersection");
            var c = _source[_position++];
            var from = c == '\\' ? Escape(ignoreCase) : c;
            if (from is not { } low)
            {
                first = false;
                continue;
            }

            var range = _position + 1 < _source.Length && _source[_position] == '-' && _source[_position + 1] != ']';
            if (c == '-' && !first && More && _source[_position] != ']') throw new FormatException("'-' inside a character class must be escaped");
            if (range) Range(low, ignoreCase);
            else Members(low, ignoreCase);
            first = false;
        }

        if (first) throw new FormatException("a character class is empty");
        _output.Append(']');
    }

    private void Range(char low, bool ignoreCase)
    {
        _position++;
        var c = _source[_position++];
        var high = c == '[' ? null : c == '\\' ? Escape(ignoreCase) : c;
        if (high is not { } to || low > to || ignoreCase || char.IsSurrogate(low) || char.IsSurrogate(to))
            throw new FormatException($"the range from '{low}' is not supported");
        Named.Add((low, to));
        _output.Append(Escaped(low)).Append('-').Append(Escaped(to));
    }

    /// <summary>Appends a category and returns null, or returns the character that the escape stands for.</summary>
    private char? Escape(bool ignoreCase)
    {
        if (!More) throw new FormatException("the expression ends in a backslash");
        var c = _source[_position++];
        switch (c)
        {
            case 'r': return '\r';
            case 'n': return '\n';
            case 't': return '\t';
            case 'f': return '\f';
            case 's' or 'S':
                _output.Append('\\').Append(c);
                return null;
            case 'd' or 'D':
                _output.Append(c == 'd' ? @"\p{Nd}" : @"\P{Nd}");
                return null;
            case 'p' or 'P':
                Category(c, ignoreCase);
                return null;
            case 'u' when _position + 4 <= _source.Length
                && ushort.TryParse(_source.AsSpan(_position, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                _position += 4;
                return (char)code;
            default:
                return c < 0x80 && !char.IsLetterOrDigit(c) ? c : throw new FormatException($"the escape '\\{c}' is not supported");
        }
    }

    private void Category(char letter, bool ignoreCase)
    {
        var close = _source.IndexOf('}', _position);
        var name = close > _position && _source[_position] == '{' ? _source[(_position + 1)..close] : "";
        if (!s_categories.Contains(name) || (ignoreCase && name is "Lu" or "Ll" or "Lt"))
            throw new FormatException($"the property '\\{letter}{{{name}}}' is not supported");
        _output.Append('\\').Append(letter).Append('{').Append(name).Append('}');
        _position = close + 1;
    }

    private void Character(char c, bool ignoreCase)
    {
        if (!ignoreCase || !char.IsAsciiLetter(c))
        {
            Members(c, ignoreCase);
            return;
        }

        _output.Append('[');
        Members(c, ignoreCase);
        _output.Append(']');
    }

    private void Members(char c, bool ignoreCase)
    {
        if (char.IsSurrogate(c)) throw new FormatException("characters beyond U+FFFF are not supported");
        Named.Add((c, c));
        if (!ignoreCase)
        {
            _output.Append(Escaped(c));
            return;
        }

        if (!char.IsAscii(c)) throw new FormatException($"'{c}' is not supported where case is ignored");
        _output.Append(Escaped(char.ToLowerInvariant(c)));
        if (!char.IsAsciiLetter(c)) return;
        _output.Append(Escaped(char.ToUpperInvariant(c)));
        // The two letters whose case folds onto ASCII: the long s and the Kelvin sign.
        if (c is 's' or 'S') _output.Append('\u017F');
        if (c is 'k' or 'K') _output.Append('\u212A');
    }

    private static string Escaped(char c) => char.IsAsciiLetterOrDigit(c) ? c.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");

    private bool Take(string text)
    {
        if (!_source.AsSpan(_position).StartsWith(text, StringComparison.Ordinal)) return false;
        _position += text.Length;
        return true;
    }
}
