using System.Globalization;

namespace AgentTeams.Servers;

/// <summary>An expression that cannot be computed; positions count characters from 1.</summary>
internal sealed class ExpressionException(string message, int position)
    : Exception($"{message} at position {position}.")
{
    public int Position { get; } = position;
}

/// <summary>
/// Arithmetic by recursive descent: sum = product {('+' | '-') product}, product = factor {('*' | '/') factor},
/// factor = '-' factor | number | '(' sum ')'.
/// </summary>
internal ref struct Expression
{
    public const int MaxLength = 1000;
    public const int MaxDepth = 100;

    private readonly ReadOnlySpan<char> _text;
    private int _next;
    private int _depth;

    private Expression(ReadOnlySpan<char> text) => _text = text;

    public static double Evaluate(string text)
    {
        if (text.Length > MaxLength) throw new ExpressionException($"The expression has {text.Length} characters, more than {MaxLength},", MaxLength + 1);
        var expression = new Expression(text);
        var value = expression.Sum();
        if (expression.Peek() is { } rest) throw expression.Unexpected(rest);
        return value;
    }

    /// <summary>The value with 12 significant digits, which hides rounding noise; no decimals for an integer.</summary>
    public static string Format(double value)
    {
        var rounded = double.Parse(value.ToString("G12", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        if (rounded == 0) return "0";
        return Math.Abs(rounded) < 1e15 && rounded == Math.Truncate(rounded)
            ? rounded.ToString("F0", CultureInfo.InvariantCulture)
            : rounded.ToString("R", CultureInfo.InvariantCulture);
    }

    private double Sum()
    {
        var value = Product();
        while (Peek() is '+' or '-')
        {
            var at = _next;
            value = _text[_next++] == '+' ? value + Product() : value - Product();
            Check(value, at);
        }

        return value;
    }

    private double Product()
    {
        var value = Factor();
        while (Peek() is '*' or '/')
        {
            var at = _next;
            var divides = _text[_next++] == '/';
            var factor = Factor();
            if (divides && factor == 0) throw new ExpressionException("Division by zero", at + 1);
            value = divides ? value / factor : value * factor;
            Check(value, at);
        }

        return value;
    }

    private double Factor()
    {
        var first = Peek() ?? throw new ExpressionException("The expression ends where a number is expected,", _text.Length + 1);
        if (char.IsAsciiDigit(first) || first == '.') return Number();
        if (first is not ('-' or '(')) throw Unexpected(first);
        if (++_depth > MaxDepth) throw new ExpressionException($"The expression is nested deeper than {MaxDepth}", _next + 1);
        _next++;
        double value;
        if (first == '-') value = -Factor();
        else
        {
            value = Sum();
            var close = Peek() ?? throw new ExpressionException("A ')' is missing", _text.Length + 1);
            if (close != ')') throw Unexpected(close);
            _next++;
        }

        _depth--;
        return value;
    }

    private double Number()
    {
        var start = _next;
        while (_next < _text.Length && (char.IsAsciiDigit(_text[_next]) || _text[_next] == '.')) _next++;
        if (!double.TryParse(_text[start.._next], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
            throw new ExpressionException($"'{_text[start.._next]}' is not a number", start + 1);
        Check(value, start);
        return value;
    }

    private char? Peek()
    {
        while (_next < _text.Length && char.IsWhiteSpace(_text[_next])) _next++;
        return _next < _text.Length ? _text[_next] : null;
    }

    private readonly ExpressionException Unexpected(char found) => new($"Unexpected '{found}'", _next + 1);

    private static void Check(double value, int at)
    {
        if (!double.IsFinite(value)) throw new ExpressionException("The result is too large", at + 1);
    }
}
