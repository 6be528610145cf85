using System.Globalization;

namespace AgentTeams.Models;

/// <summary>
/// Reads the regular expressions of JSON schemas (ECMA-262) as far as they describe regular languages. Lookarounds, references back,
/// word boundaries and Unicode properties are refused by name.
/// </summary>
internal sealed class PatternParser
{
    private const int MaxDepth = 64, MaxRepeat = 2000;
    private static readonly string[] s_groups = ["?:", "?<"];
    private readonly string _source;
    private int _position;

    private readonly bool _wide;

    private PatternParser(string source, bool wide) => (_source, _wide) = (source, wide);

    /// <param name="source">The expression.</param>
    /// <param name="wide">Whether classes hold what any reading takes for a member, rather than what all do.</param>
    /// <exception cref="FormatException">The message names what is not supported.</exception>
    public static PatternNode Parse(string source, bool wide)
    {
        var parser = new PatternParser(source, wide);
        var node = parser.Alternatives(0);
        return parser._position == source.Length ? node : throw new FormatException("')' closes nothing");
    }

    private bool More => _position < _source.Length;

    private PatternNode Alternatives(int depth)
    {
        if (depth > MaxDepth) throw new FormatException($"groups nest deeper than {MaxDepth}");
        var choices = new List<PatternNode>();
        var parts = new List<PatternNode>();
        while (More && _source[_position] != ')')
        {
            if (Take('|'))
            {
                choices.Add(new PatternNode.Sequence([.. parts]));
                parts.Clear();
            }
            else
            {
                parts.Add(Quantified(Atom(depth)));
            }
        }

        choices.Add(new PatternNode.Sequence(parts));
        return choices.Count == 1 ? choices[0] : new PatternNode.Choice(choices);
    }

    private PatternNode Quantified(PatternNode node)
    {
        var (least, most) = (0, (int?)null);
        if (Take('*')) { }
        else if (Take('+')) least = 1;
        else if (Take('?')) most = 1;
        else if (Take('{')) (least, most) = Counts();
        else return node;
        // Lazy or not, the texts that match are the same.
        Take('?');
        if (More && _source[_position] is '*' or '+' or '{') throw new FormatException($"the quantifier '{_source[_position]}' follows another");
        return new PatternNode.Repeat(node, least, most);
    }

    private (int Least, int? Most) Counts()
    {
        var close = _source.IndexOf('}', _position);
        var bounds = close < 0 ? [] : _source[_position..close].Split(',');
        int? least = bounds.Length is 1 or 2 ? Bound(bounds[0]) : null, most = bounds.Length == 2 ? Bound(bounds[1]) : least;
        if (least is null || most < least || (bounds.Length == 2 && most is null && bounds[1].Length > 0))
            throw new FormatException($"the counts after '{{' at {_position - 1}");
        _position = close + 1;
        return (least.Value, most);

        static int? Bound(string text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= MaxRepeat ? value : null;
    }

    private PatternNode Atom(int depth)
    {
        var c = _source[_position++];
        switch (c)
        {
            case '(':
                Open();
                var inner = Alternatives(depth + 1);
                return Take(')') ? inner : throw new FormatException("'(' is never closed");
            case '[':
                return new PatternNode.One(Class());
            case '.':
                return new PatternNode.One(CharClasses.Dot(_wide));
            case '^':
                return new PatternNode.One(CharSet.Mark(CharSet.Begin));
            case '$':
                return new PatternNode.One(CharSet.Mark(CharSet.End));
            case '\\':
                return new PatternNode.One(Escape(inClass: false, _wide));
            case '*' or '+' or '?' or '{':
                throw new FormatException($"'{c}' at {_position - 1} repeats nothing");
            default:
                return char.IsSurrogate(c) ? throw new FormatException("characters beyond U+FFFF are not supported") : new PatternNode.One(CharSet.Of((c, c)));
        }
    }

    private void Open()
    {
        if (!More || _source[_position] != '?') return;
        var opening = Array.Find(s_groups, g => _source.AsSpan(_position).StartsWith(g, StringComparison.Ordinal));
        _position += 2;
        if (opening == "?:") return;
        var close = opening is null || !More || _source[_position] is '=' or '!' ? -1 : _source.IndexOf('>', _position);
        if (close < 0) throw new FormatException($"the group '({_source[(_position - 2)..Math.Min(_source.Length, _position + 1)]}' is not supported");
        _position = close + 1;
    }

    private CharSet Class()
    {
        var negated = Take('^');
        var set = CharSet.Of();
        while (!Take(']'))
        {
            if (!More) throw new FormatException("'[' is never closed");
            var low = Member(_wide ^ negated);
            if (_position + 1 < _source.Length && _source[_position] == '-' && _source[_position + 1] != ']')
            {
                _position++;
                var high = Member(_wide ^ negated);
                if (Single(low) is not { } from || Single(high) is not { } to || from > to)
                    throw new FormatException($"the range before {_position} in a class");
                low = CharSet.Of((from, to));
            }

            set = set.Or(low);
        }

        return negated ? set.Not() : set;
    }

    private CharSet Member(bool wide)
    {
        var c = _source[_position++];
        if (c == '\\') return Escape(inClass: true, wide);
        return char.IsSurrogate(c) ? throw new FormatException("characters beyond U+FFFF are not supported") : CharSet.Of((c, c));
    }

    private static int? Single(CharSet set) => set.Ranges is [var (low, high)] && low == high ? low : null;

    private CharSet Escape(bool inClass, bool wide)
    {
        if (!More) throw new FormatException("the expression ends in a backslash");
        var c = _source[_position++];
        return CharClasses.Of(c, wide) ?? c switch
        {
            't' => One('\t'),
            'n' => One('\n'),
            'r' => One('\r'),
            'f' => One('\f'),
            'v' => One('\v'),
            'b' when inClass => One('\b'),
            '0' when !More || !char.IsAsciiDigit(_source[_position]) => One('\0'),
            'x' => Code(2),
            'u' => Code(4),
            _ when !char.IsAsciiLetterOrDigit(c) && !char.IsSurrogate(c) => One(c),
            _ => throw new FormatException($"the escape '\\{c}' is not supported"),
        };

        static CharSet One(char c) => CharSet.Of((c, c));
    }

    private CharSet Code(int digits)
    {
        if (_position + digits > _source.Length
            || !ushort.TryParse(_source.AsSpan(_position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || char.IsSurrogate((char)code))
            throw new FormatException($"the escape at {_position - 2} is not supported");
        _position += digits;
        return CharSet.Of((code, code));
    }

    private bool Take(char c)
    {
        if (!More || _source[_position] != c) return false;
        _position++;
        return true;
    }
}
