using System.Globalization;
using System.Text;

namespace AgentTeams.Models;

/// <summary>A name that has no value, as Python's Jinja treats it: empty when written, false, without items.</summary>
/// <param name="Name">What was asked for.</param>
internal sealed record JinjaUndefined(string Name);

/// <summary>A list that does not change.</summary>
internal sealed class JinjaTuple(IEnumerable<object?> items) : List<object?>(items);

/// <summary>A mapping in the order of its entries.</summary>
internal sealed class JinjaMap : OrderedDictionary<object, object?>
{
    public object? Of(string key) => TryGetValue(key, out var value) ? value : new JinjaUndefined(key);
}

/// <summary>What templates can set values in from within a loop.</summary>
internal sealed class JinjaNamespace
{
    public Dictionary<string, object?> Values { get; } = new(StringComparer.Ordinal);
}

/// <summary>What can be called.</summary>
internal delegate object? JinjaFunction(JinjaArguments arguments);

/// <summary>
/// Values of templates and how Python treats them: null is None, and there are bool, long, double, string, lists, mappings, namespaces
/// and functions.
/// </summary>
internal static class JinjaValues
{
    public static bool IsTrue(object? value) => value switch
    {
        null or JinjaUndefined => false,
        bool b => b,
        long n => n != 0,
        double d => d != 0,
        string s => s.Length > 0,
        List<object?> list => list.Count > 0,
        JinjaMap map => map.Count > 0,
        JinjaView view => view.Items.Count > 0,
        JinjaMarkup markup => markup.Text.Length > 0,
        _ => true,
    };

    public static bool AreEqual(object? a, object? b) => (a, b) switch
    {
        (null, null) => true,
        (JinjaUndefined, JinjaUndefined) => true,
        (string x, string y) => x == y,
        (JinjaMarkup or string, JinjaMarkup or string) => Text(a) == Text(b),
        (bool or long, bool or long) => Integer(a) == Integer(b),
        (bool or long or double, bool or long or double) => Number(a) == Number(b),
        (List<object?> x, List<object?> y) => x is JinjaTuple == y is JinjaTuple && x.Count == y.Count && x.Zip(y).All(p => AreEqual(p.First, p.Second)),
        (JinjaView { Kind: JinjaView.Range } x, JinjaView { Kind: JinjaView.Range } y) => AreEqual(x.Items, y.Items),
        (JinjaMap x, JinjaMap y) => x.Count == y.Count && x.All(p => y.TryGetValue(p.Key, out var other) && AreEqual(p.Value, other)),
        _ => a is not null && ReferenceEquals(a, b),
    };

    /// <exception cref="JinjaException">The values have no order.</exception>
    public static int Compare(object? a, object? b)
    {
        if (a is string x && b is string y) return string.CompareOrdinal(x, y);
        if (a is bool or long && b is bool or long) return Integer(a).CompareTo(Integer(b));
        if (a is bool or long or double && b is bool or long or double) return Number(a).CompareTo(Number(b));
        if (a is not List<object?> left || b is not List<object?> right) throw new JinjaException($"{TypeOf(a)} and {TypeOf(b)} have no order");
        var differ = left.Zip(right).FirstOrDefault(p => !AreEqual(p.First, p.Second));
        return differ == default ? left.Count.CompareTo(right.Count) : Compare(differ.First, differ.Second);
    }

    public static bool Contains(object? container, object? item) => container switch
    {
        string or JinjaMarkup => item is string or JinjaMarkup
            ? Text(container).Contains(Text(item), StringComparison.Ordinal)
            : throw new JinjaException($"a string holds no {TypeOf(item)}"),
        List<object?> list => list.Exists(i => AreEqual(i, item)),
        JinjaMap map => item is not null && map.ContainsKey(Key(item)),
        JinjaIterator or JinjaView => Items(container).Any(i => AreEqual(i, item)),
        JinjaUndefined => false,
        _ => throw new JinjaException($"{TypeOf(container)} holds nothing"),
    };

    /// <exception cref="JinjaException">The value has no items.</exception>
    public static IEnumerable<object?> Items(object? value) => value switch
    {
        List<object?> list => list,
        JinjaMap map => map.Keys,
        JinjaView view => view.Items,
        JinjaIterator iterator => iterator.Take(),
        string text => text.EnumerateRunes().Select(r => (object?)r.ToString()),
        JinjaUndefined => [],
        _ => throw new JinjaException($"{TypeOf(value)} has no items"),
    };

    public static double Number(object? value) => value switch
    {
        bool b => b ? 1 : 0,
        long n => n,
        double d => d,
        _ => throw new JinjaException($"{TypeOf(value)} is no number"),
    };

    public static long Integer(object? value) => value switch
    {
        bool b => b ? 1 : 0,
        long n => n,
        _ => throw new JinjaException($"{TypeOf(value)} is no integer"),
    };

    /// <summary>A key as mappings hold it: equal numbers are the same key.</summary>
    public static object Key(object? value) => value switch
    {
        bool or long => Integer(value),
        double d => d == Math.Truncate(d) && Math.Abs(d) < long.MaxValue ? (object)(long)d : d,
        string s => s,
        _ => throw new JinjaException($"{TypeOf(value)} is no key"),
    };

    /// <summary>What is written for a value.</summary>
    public static string Text(object? value) => value switch
    {
        string s => s,
        JinjaMarkup markup => markup.Text,
        JinjaUndefined => "",
        _ => Represent(value),
    };

    public static string TypeOf(object? value) => value switch
    {
        null => "None",
        JinjaUndefined undefined => $"'{undefined.Name}', which is undefined,",
        bool => "a truth value",
        long => "an integer",
        double => "a float",
        string => "a string",
        JinjaTuple => "a tuple",
        List<object?> => "a list",
        JinjaMap => "a mapping",
        JinjaFunction => "a function",
        JinjaIterator => "an iterator",
        JinjaView view => $"a {view.Kind}",
        JinjaMarkup => "escaped text",
        JinjaLoop => "the loop",
        _ => "a namespace",
    };

    private static string Represent(object? value) => value switch
    {
        null => "None",
        bool b => b ? "True" : "False",
        long n => n.ToString(CultureInfo.InvariantCulture),
        double d => double.IsFinite(d) ? PythonJson.Float(d) : double.IsNaN(d) ? "nan" : d > 0 ? "inf" : "-inf",
        string s => Quoted(s),
        JinjaTuple tuple => $"({string.Join(", ", tuple.Select(Represent))}{(tuple.Count == 1 ? "," : "")})",
        List<object?> list => $"[{string.Join(", ", list.Select(Represent))}]",
        JinjaMap map => $"{{{string.Join(", ", map.Select(p => $"{Represent(p.Key)}: {Represent(p.Value)}"))}}}",
        JinjaView { Kind: not JinjaView.Range } view => $"{view.Kind}({Represent(view.Items)})",
        JinjaUndefined => "Undefined",
        _ => throw new JinjaException($"{TypeOf(value)} cannot be written"),
    };

    private static string Quoted(string text)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var quoted = new StringBuilder().Append(quote);
        foreach (var c in text.EnumerateRunes())
        {
            _ = c.Value switch
            {
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                '\\' => quoted.Append("\\\\"),
                var code when code == quote => quoted.Append('\\').Append(quote),
                var code when IsPrinted(c) => quoted.Append(c),
                <= 0xFF => quoted.Append(CultureInfo.InvariantCulture, $"\\x{c.Value:x2}"),
                <= 0xFFFF => quoted.Append(CultureInfo.InvariantCulture, $"\\u{c.Value:x4}"),
                _ => quoted.Append(CultureInfo.InvariantCulture, $"\\U{c.Value:x8}"),
            };
        }

        return quoted.Append(quote).ToString();

        // What Python's str.isprintable says.
        static bool IsPrinted(Rune c) => c.Value == ' '
            || Rune.GetUnicodeCategory(c) is < UnicodeCategory.SpaceSeparator or (> UnicodeCategory.PrivateUse and < UnicodeCategory.OtherNotAssigned);
    }
}
