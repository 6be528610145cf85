using System.Globalization;
using System.Text;

namespace AgentTeams.Models;

/// <summary>
/// Cuts a template into tokens. White space is treated as chat templates expect it: the first line break after a block goes, and so
/// does what precedes a block on its line (<c>trim_blocks</c>, <c>lstrip_blocks</c>).
/// </summary>
internal sealed class JinjaLexer
{
    private static readonly string[] s_signs =
        ["//", "**", "==", "!=", "<=", ">=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", "<", ">", "=", ".", ":", "|", ",", ";"];
    private readonly string _source;
    private readonly List<JinjaToken> _tokens = [];
    private int _position;
    private int _line = 1;
    private bool _atLineStart = true;

    private JinjaLexer(string source) => _source = source;

    public static List<JinjaToken> Tokenize(string source)
    {
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (source.EndsWith('\n')) source = source[..^1];
        var lexer = new JinjaLexer(source);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        while (_position < _source.Length)
        {
            var open = NextOpening();
            AddText(open);
            if (open < 0) break;
            var kind = _source[open + 1];
            Move(open + 2);
            if (_position < _source.Length && _source[_position] is '-' or '+') Move(_position + 1);
            if (kind == '#') SkipComment();
            else if (kind == '%' && TakeRaw()) continue;
            else Inside(kind == '%');
        }

        Add(JinjaTokenKind.End, "");
    }

    private int NextOpening()
    {
        for (var at = _source.IndexOf('{', _position); at >= 0 && at + 1 < _source.Length; at = _source.IndexOf('{', at + 1))
        {
            if (_source[at + 1] is '{' or '%' or '#') return at;
        }

        return -1;
    }

    private void AddText(int open)
    {
        var text = _source[_position..(open < 0 ? _source.Length : open)];
        var end = text.Length;
        if (open >= 0 && open + 2 < _source.Length && _source[open + 2] == '-')
        {
            end = text.AsSpan().TrimEnd().Length;
        }
        else if (open >= 0 && _source[open + 1] != '{' && !(open + 2 < _source.Length && _source[open + 2] == '+'))
        {
            var line = text.LastIndexOf('\n') + 1;
            if ((line > 0 || _atLineStart) && string.IsNullOrWhiteSpace(text[line..])) end = line;
        }

        if (end > 0) Add(JinjaTokenKind.Text, text[..end]);
        if (open >= 0) Move(open);
    }

    private void Inside(bool isBlock)
    {
        Add(isBlock ? JinjaTokenKind.BlockBegin : JinjaTokenKind.PrintBegin, "");
        var close = isBlock ? "%}" : "}}";
        var depth = 0;
        while (true)
        {
            while (_position < _source.Length && char.IsWhiteSpace(_source[_position])) Move(_position + 1);
            if (_position >= _source.Length) throw Wrong($"'{(isBlock ? "{%" : "{{")}' is never closed");
            if (depth == 0 && Closes(close)) break;
            depth += _source[_position] switch { '(' or '[' or '{' => 1, ')' or ']' or '}' => -1, _ => 0 };
            ReadToken();
        }

        Add(isBlock ? JinjaTokenKind.BlockEnd : JinjaTokenKind.PrintEnd, "");
        Close(close, trims: isBlock);
    }

    private bool Closes(string close) =>
        At(close) || (_source[_position] is '-' or '+' && string.CompareOrdinal(_source, _position + 1, close, 0, close.Length) == 0);

    // Behind '-' all white space goes, behind a block otherwise one line break.
    private void Close(string close, bool trims)
    {
        var sign = _source[_position];
        Move(_position + close.Length + (sign is '-' or '+' ? 1 : 0));
        var from = _position;
        if (sign == '-')
        {
            while (_position < _source.Length && char.IsWhiteSpace(_source[_position])) Move(_position + 1);
        }
        else if (trims && sign != '+' && At("\n"))
        {
            Move(_position + 1);
        }

        _atLineStart = _position > from && _source[_position - 1] == '\n';
    }

    private void SkipComment()
    {
        var close = _source.IndexOf("#}", _position, StringComparison.Ordinal);
        if (close < 0) throw Wrong("'{#' is never closed");
        Move(close > _position && _source[close - 1] is '-' or '+' ? close - 1 : close);
        Close("#}", trims: true);
    }

    private bool TakeRaw()
    {
        var end = _source.IndexOf("%}", _position, StringComparison.Ordinal);
        if (end < 0 || _source[_position..end].Trim(' ', '\n', '\t', '-', '+') != "raw") return false;
        Move(_source[end - 1] is '-' or '+' ? end - 1 : end);
        Close("%}", trims: false);
        for (var open = _source.IndexOf("{%", _position, StringComparison.Ordinal); open >= 0; open = _source.IndexOf("{%", open + 2, StringComparison.Ordinal))
        {
            var close = _source.IndexOf("%}", open, StringComparison.Ordinal);
            if (close < 0 || _source[(open + 2)..close].Trim(' ', '\n', '\t', '-', '+') != "endraw") continue;
            AddText(open);
            Move(_source[close - 1] is '-' or '+' ? close - 1 : close);
            Close("%}", trims: true);
            return true;
        }

        throw Wrong("'raw' is never closed");
    }

    private void ReadToken()
    {
        var c = _source[_position];
        if (c is '"' or '\'') ReadString(c);
        else if (char.IsAsciiDigit(c)) ReadNumber();
        else if (char.IsLetter(c) || c == '_')
        {
            var end = _position;
            while (end < _source.Length && (char.IsLetterOrDigit(_source[end]) || _source[end] == '_')) end++;
            Take(JinjaTokenKind.Name, end);
        }
        else
        {
            var sign = Array.Find(s_signs, At) ?? throw Wrong($"the character '{c}' is not known");
            Take(JinjaTokenKind.Sign, _position + sign.Length);
        }
    }

    private void ReadNumber()
    {
        var end = _position;
        while (end < _source.Length && (char.IsAsciiDigit(_source[end]) || _source[end] == '_')) end++;
        var isFloat = end + 1 < _source.Length && _source[end] == '.' && char.IsAsciiDigit(_source[end + 1]);
        if (isFloat)
        {
            end++;
            while (end < _source.Length && char.IsAsciiDigit(_source[end])) end++;
        }

        var exponent = end + 1 < _source.Length && _source[end] is 'e' or 'E' ? end + (_source[end + 1] is '+' or '-' ? 2 : 1) : _source.Length;
        if (exponent < _source.Length && char.IsAsciiDigit(_source[exponent]))
        {
            isFloat = true;
            end = exponent;
            while (end < _source.Length && char.IsAsciiDigit(_source[end])) end++;
        }

        Take(isFloat ? JinjaTokenKind.Float : JinjaTokenKind.Integer, end);
    }

    private void ReadString(char quote)
    {
        var text = new StringBuilder();
        var at = _position + 1;
        for (; at < _source.Length && _source[at] != quote; at++)
        {
            if (_source[at] != '\\' || at + 1 == _source.Length) text.Append(_source[at]);
            else at = Escape(at + 1, text);
        }

        if (at >= _source.Length) throw Wrong("a string is never closed");
        Add(JinjaTokenKind.String, text.ToString());
        Move(at + 1);
    }

    private int Escape(int at, StringBuilder text)
    {
        var digits = _source[at] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0)
        {
            if (at + digits >= _source.Length
                || !int.TryParse(_source.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                throw Wrong($"the escape '\\{_source[at]}' in a string lacks its digits");
            }

            text.Append(code < 0x10000 ? ((char)code).ToString() : char.ConvertFromUtf32(code));
            return at + digits;
        }

        if (_source[at] == 'N' || (char.IsAsciiDigit(_source[at]) && (_source[at] != '0' || (at + 1 < _source.Length && char.IsAsciiDigit(_source[at + 1])))))
            throw Wrong($"the escape '\\{_source[at]}' in a string is not supported");
        var plain = _source[at] switch
        {
            'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', 'v' => '\v', 'a' => '\a', '0' => '\0',
            '\\' => '\\', '\'' => '\'', '"' => '"', _ => '\uFFFF',
        };
        if (plain != '\uFFFF') text.Append(plain);
        // A line break that is escaped is none.
        else if (_source[at] != '\n') text.Append('\\').Append(_source[at]);
        return at;
    }

    private bool At(string text) => string.CompareOrdinal(_source, _position, text, 0, text.Length) == 0;

    private void Take(JinjaTokenKind kind, int end)
    {
        Add(kind, _source[_position..end]);
        Move(end);
    }

    private void Add(JinjaTokenKind kind, string value) => _tokens.Add(new(kind, value, _line));

    private void Move(int to)
    {
        _line += _source.AsSpan(_position, to - _position).Count('\n');
        _position = to;
    }

    private JinjaException Wrong(string problem) => new($"line {_line}: {problem}");
}
