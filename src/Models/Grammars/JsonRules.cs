using System.Text;

namespace AgentTeams.Models;

/// <summary>The rules of JSON itself (RFC 8259), without white space; each is built when it is first asked for.</summary>
internal sealed class JsonRules(RuleGraph graph)
{
    private const int MaxDigits = 18;
    private readonly Dictionary<string, int> _built = [];

    public int Any => Once("any", container: false, rule =>
    {
        Either(rule, [String(0, null), Number, Null, Boolean, Map(null), Array(null, 0, null)]);
    });

    public int Null => Once("null", false, rule => graph.Read(rule.Start, "null"u8, rule.End));

    public int Boolean => Once("boolean", false, rule =>
    {
        graph.Read(rule.Start, "true"u8, rule.End);
        graph.Read(rule.Start, "false"u8, rule.End);
    });

    /// <summary>A number that a double holds: up to 18 digits before and after the point, and an exponent of up to 289.</summary>
    public int Number => Once("number", false, rule =>
    {
        var (point, exponent, sign) = (graph.AddState(), graph.AddState(), graph.AddState());
        var (zero, first) = Whole(rule);
        foreach (var whole in (int[])[zero, .. More(first, MaxDigits - 1)])
        {
            graph.Read(whole, '.', point);
            Exponent(whole);
        }

        var fraction = graph.AddState();
        graph.Accept(fraction);
        Digits(point, fraction);
        foreach (var digits in More(fraction, MaxDigits - 1)) Exponent(digits);
        graph.Read(exponent, '+', sign);
        graph.Read(exponent, '-', sign);
        graph.Skip(exponent, sign);
        graph.Call(sign, ExponentDigits, rule.End);

        void Exponent(int from)
        {
            graph.Read(from, 'e', exponent);
            graph.Read(from, 'E', exponent);
        }
    });

    /// <summary>A whole number without fraction and exponent, and with no more digits than always fit 64 bits.</summary>
    public int Integer => Once("integer", false, rule =>
    {
        More(Whole(rule).First, MaxDigits - 1);
    });

    /// <summary>A string of so many characters; a character is a Unicode scalar value.</summary>
    public int String(int least, int? most) => Once($"string {least} {most}", false, rule =>
    {
        var at = graph.AddState();
        graph.Read(rule.Start, '"', at);
        Repeat(at, least, most, 1, (from, to, _) => graph.Call(from, Character, to), from => graph.Read(from, '"', rule.End));
    });

    /// <summary>An array of so many items; null items are any value.</summary>
    public int Array(int? item, int least, int? most) => Once($"array {item} {least} {most}", true, rule => Items(rule, _ => item, 1, least, most));

    /// <summary>Writes an array into a rule, a container.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="item">The rule of the item at an index; null for any value.</param>
    /// <param name="different">From the last of so many on, all items follow the same rule.</param>
    /// <param name="least">The fewest items.</param>
    /// <param name="most">The most, or null for any number.</param>
    public void Items(Rule rule, Func<int, int?> item, int different, int least, int? most)
    {
        var at = graph.AddState();
        graph.Read(rule.Start, '[', at);
        Repeat(at, least, most, different, (from, to, index) => Separated(from, index == 0, between => graph.Call(between, item(index) ?? Any, to)),
            from => graph.Read(from, ']', rule.End));
    }

    /// <summary>An object of any keys; null values are any value.</summary>
    public int Map(int? value) => Once($"map {value}", true, rule =>
    {
        var at = graph.AddState();
        graph.Read(rule.Start, '{', at);
        Repeat(at, 0, null, 1, (from, to, index) => Separated(from, index == 0, between =>
        {
            var (colon, after) = (graph.AddState(), graph.AddState());
            graph.Call(between, String(0, null), colon);
            graph.Read(colon, ':', after);
            graph.Call(after, value ?? Any, to);
        }), from => graph.Read(from, '}', rule.End));
    });

    /// <summary>Any of some rules.</summary>
    public void Either(Rule rule, IEnumerable<int> alternatives)
    {
        foreach (var alternative in alternatives.Distinct()) graph.Call(rule.Start, alternative, rule.End);
    }

    /// <summary>One of some texts; common beginnings are shared, so that one way of reading is enough.</summary>
    public void OneOf(Rule rule, IEnumerable<string> texts)
    {
        foreach (var text in texts)
        {
            var at = rule.Start;
            foreach (var b in Encoding.UTF8.GetBytes(text))
            {
                var known = graph.EdgesOf(at).FindIndex(e => e.Low == b);
                var next = known >= 0 ? graph.EdgesOf(at)[known].Target : graph.AddState();
                if (known < 0) graph.Read(at, b, b, next);
                at = next;
            }

            graph.Accept(at);
        }
    }

    /// <summary>A character of a set, escaped only where JSON requires it.</summary>
    public int OneCharacterOf(CharSet set) => Once($"set {set.Key}", false, rule => new CharRules(graph).Write(rule, set));

    private int Character => Once("character", false, rule =>
    {
        var (start, end) = (rule.Start, rule.End);
        var escape = graph.AddState();
        graph.Read(start, '\\', escape);
        graph.Read(start, (byte)' ', (byte)'!', end);
        graph.Read(start, (byte)'#', (byte)'[', end);
        graph.Read(start, (byte)']', 0x7F, end);
        foreach (var c in "\"\\/bfnrt") graph.Read(escape, c, end);
        Multibyte(start, end);
        Unicode(escape, end);
    });

    // Well-formed UTF-8: table 3-7 of the Unicode standard.
    private void Multibyte(int start, int end)
    {
        var (one, two, three) = (graph.AddState(), graph.AddState(), graph.AddState());
        var (e0, ed, f0, f4) = (graph.AddState(), graph.AddState(), graph.AddState(), graph.AddState());
        graph.Read(start, 0xC2, 0xDF, one);
        graph.Read(start, 0xE0, 0xE0, e0);
        graph.Read(start, 0xE1, 0xEC, two);
        graph.Read(start, 0xED, 0xED, ed);
        graph.Read(start, 0xEE, 0xEF, two);
        graph.Read(start, 0xF0, 0xF0, f0);
        graph.Read(start, 0xF1, 0xF3, three);
        graph.Read(start, 0xF4, 0xF4, f4);
        graph.Read(e0, 0xA0, 0xBF, one);
        graph.Read(ed, 0x80, 0x9F, one);
        graph.Read(f0, 0x90, 0xBF, two);
        graph.Read(f4, 0x80, 0x8F, two);
        graph.Read(three, 0x80, 0xBF, two);
        graph.Read(two, 0x80, 0xBF, one);
        graph.Read(one, 0x80, 0xBF, end);
    }

    // \uXXXX is a character unless it is half of a surrogate pair, which only both halves are.
    private void Unicode(int escape, int end)
    {
        var (first, afterD, last3, last2, last1) = (graph.AddState(), graph.AddState(), graph.AddState(), graph.AddState(), graph.AddState());
        graph.Read(escape, 'u', first);
        foreach (var c in "0123456789abcefABCEF") graph.Read(first, c, last3);
        foreach (var c in "dD") graph.Read(first, c, afterD);
        Hex(last3, last2);
        foreach (var c in "01234567") graph.Read(afterD, c, last2);
        Hex(last2, last1);
        Hex(last1, end);

        var (high2, high1, slash, u, low, lowD) = (graph.AddState(), graph.AddState(), graph.AddState(), graph.AddState(), graph.AddState(), graph.AddState());
        foreach (var c in "89abAB") graph.Read(afterD, c, high2);
        Hex(high2, high1);
        Hex(high1, slash);
        graph.Read(slash, '\\', u);
        graph.Read(u, 'u', low);
        foreach (var c in "dD") graph.Read(low, c, lowD);
        foreach (var c in "cdefCDEF") graph.Read(lowD, c, last2);
    }

    private void Hex(int from, int to)
    {
        Digits(from, to);
        graph.Read(from, (byte)'a', (byte)'f', to);
        graph.Read(from, (byte)'A', (byte)'F', to);
    }

    private void Digits(int from, int to) => graph.Read(from, (byte)'0', (byte)'9', to);

    // At most 289, so that 18 digits before it stay below the largest double.
    private int ExponentDigits => Once("exponent", false, rule =>
    {
        var (one, two, three, hundreds, last) = (graph.AddState(), graph.AddState(), graph.AddState(), graph.AddState(), graph.AddState());
        graph.Read(rule.Start, '0', rule.End);
        graph.Read(rule.Start, '1', one);
        graph.Read(rule.Start, '2', two);
        graph.Read(rule.Start, (byte)'3', (byte)'9', three);
        foreach (var state in (int[])[one, two, three, hundreds, last]) graph.Accept(state);
        Digits(one, hundreds);
        graph.Read(two, (byte)'0', (byte)'8', hundreds);
        graph.Read(two, '9', last);
        Digits(three, last);
        Digits(hundreds, last);
    });

    // Up to so many more digits; all that is read on the way is complete. Returns the states from the given one on.
    private List<int> More(int from, int most)
    {
        var states = new List<int> { from };
        for (var digits = 0; digits < most; digits++)
        {
            states.Add(graph.AddState());
            graph.Accept(states[^1]);
            Digits(states[^2], states[^1]);
        }

        return states;
    }

    // A sign and the first digit: the states after a zero, which no digit may follow, and after another digit.
    private (int Zero, int First) Whole(Rule rule)
    {
        var (minus, zero, digits) = (graph.AddState(), graph.AddState(), graph.AddState());
        graph.Read(rule.Start, '-', minus);
        foreach (var from in (int[])[rule.Start, minus])
        {
            graph.Read(from, '0', zero);
            graph.Read(from, (byte)'1', (byte)'9', digits);
        }

        graph.Accept(zero);
        graph.Accept(digits);
        return (zero, digits);
    }

    private void Repeat(int at, int least, int? most, int different, Action<int, int, int> one, Action<int> close)
    {
        // Without an upper bound the state after the last counted one loops; the first item differs, as no comma precedes it.
        var counted = most ?? Math.Max(least, different);
        for (var i = 0; i < counted; i++)
        {
            var next = graph.AddState();
            if (i >= least) close(at);
            one(at, next, i);
            at = next;
        }

        close(at);
        if (most is null) one(at, at, counted);
    }

    private void Separated(int from, bool first, Action<int> item)
    {
        var between = from;
        if (!first)
        {
            between = graph.AddState();
            graph.Read(from, ',', between);
        }

        item(between);
    }

    private int Once(string name, bool container, Action<Rule> build)
    {
        if (_built.TryGetValue(name, out var known)) return known;
        var rule = _built[name] = graph.AddRule(container);
        build(graph.RuleAt(rule));
        return rule;
    }
}
