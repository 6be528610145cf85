using System.Globalization;

namespace AgentTeams.Models;

/// <summary>The filters that chat templates use.</summary>
internal static class JinjaFilters
{
    private static readonly Dictionary<string, Func<object?, JinjaArguments, object?>> s_filters = new(StringComparer.Ordinal)
    {
        ["abs"] = (v, a) => a.Only(0) is var _ && v is double d ? Math.Abs(d) : (object)Math.Abs(JinjaValues.Integer(v)),
        ["capitalize"] = (v, a) => JinjaText.Capitalize(Text(v, a.Only(0))),
        ["count"] = (v, a) => Length(v, a.Only(0)),
        ["d"] = Default,
        ["default"] = Default,
        ["dictsort"] = (v, a) =>
            JinjaMethods.Pairs(AsMap(v, a.Only(0))).OrderBy(p => JinjaValues.Text(((JinjaTuple)p!)[0]).ToLowerInvariant(), StringComparer.Ordinal).ToList(),
        ["e"] = Escape,
        ["escape"] = Escape,
        ["first"] = (v, a) => Items(v, a.Only(0)).FirstOrDefault(new JinjaUndefined("first")),
        ["float"] = Float,
        ["indent"] = Indent,
        ["int"] = (v, a) => Int(v, a),
        ["items"] = (v, a) => new JinjaIterator(v is JinjaUndefined ? [] : JinjaMethods.Pairs(AsMap(v, a.Only(0)))),
        ["join"] = Join,
        ["last"] = (v, a) => (v is JinjaIterator ? throw new JinjaException("an iterator has no last item; make it a list first") : Items(v, a.Only(0)))
            .LastOrDefault(new JinjaUndefined("last")),
        ["length"] = (v, a) => Length(v, a.Only(0)),
        ["list"] = (v, a) => Items(v, a.Only(0)).ToList(),
        ["lower"] = (v, a) => Text(v, a.Only(0)).ToLowerInvariant(),
        ["map"] = Map,
        ["max"] = (v, a) => Extreme(v, a.Only(0), 1),
        ["min"] = (v, a) => Extreme(v, a.Only(0), -1),
        ["reject"] = (v, a) => Select(v, a, attribute: false, holds: false),
        ["rejectattr"] = (v, a) => Select(v, a, attribute: true, holds: false),
        ["replace"] = (v, a) => Replace(Text(v, a), a),
        ["reverse"] = (v, a) => v is string s ? string.Concat(JinjaText.Characters(s).AsEnumerable().Reverse()) : new JinjaIterator(Reversed(v)),
        ["round"] = Round,
        ["safe"] = (v, a) => v as JinjaMarkup ?? new JinjaMarkup(Text(v, a.Only(0))),
        ["select"] = (v, a) => Select(v, a, attribute: false, holds: true),
        ["selectattr"] = (v, a) => Select(v, a, attribute: true, holds: true),
        ["sort"] = Sort,
        ["string"] = (v, a) => Text(v, a.Only(0)),
        ["sum"] = (v, a) => Sum(v, a),
        ["title"] = (v, a) => JinjaText.TitleWords(Text(v, a.Only(0))),
        ["tojson"] = ToJson,
        ["trim"] = (v, a) => JinjaText.Strip(Text(v, a.Only(1, "chars")), a.At(0, "chars") as string),
        ["unique"] = Unique,
        ["upper"] = (v, a) => Text(v, a.Only(0)).ToUpperInvariant(),
        ["wordcount"] = (v, a) => (long)JinjaText.Split(Text(v, a.Only(0)), null, -1, fromEnd: false).Count,
    };

    public static bool Knows(string name) => s_filters.ContainsKey(name);

    public static object? Apply(string name, object? value, JinjaArguments arguments) =>
        s_filters.TryGetValue(name, out var filter) ? filter(value, arguments) : throw new JinjaException($"the filter '{name}' is not supported");

    public static string Replace(string text, JinjaArguments arguments)
    {
        var (old, by, most) = (arguments.Only(3, "count").Text(0, "old"), arguments.Text(1, "new"), arguments.Integer(2, "count", -1));
        if (old.Length == 0) throw new JinjaException("'replace' looks for an empty string");
        return string.Join(by, JinjaText.Split(text, old, most, fromEnd: false));
    }

    private static string Text(object? value, JinjaArguments _) => JinjaValues.Text(value);

    private static JinjaMap AsMap(object? value, JinjaArguments arguments) =>
        value as JinjaMap ?? throw new JinjaException($"'{arguments.Function}' takes a mapping, not {JinjaValues.TypeOf(value)}");

    private static IEnumerable<object?> Items(object? value, JinjaArguments _) => JinjaValues.Items(value);

    private static object? Float(object? value, JinjaArguments arguments)
    {
        var absent = arguments.Only(1, "default").At(0, "default") is var given and not JinjaUndefined ? given : 0.0;
        return value switch
        {
            string text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var d) ? d : absent,
            bool or long or double => JinjaValues.Number(value),
            _ => absent,
        };
    }

    private static object Round(object? value, JinjaArguments arguments)
    {
        var precision = arguments.Only(1, "precision").Integer(0, "precision", 0);
        if (precision is < 0 or > 15) throw new JinjaException($"'round' to {precision} digits is not supported");
        // Python leaves integers what they are.
        return value is bool or long ? (object)JinjaValues.Integer(value) : Math.Round(JinjaValues.Number(value), (int)precision, MidpointRounding.ToEven);
    }

    private static object? Default(object? value, JinjaArguments arguments)
    {
        arguments.Only(2, "default_value", "boolean");
        var absent = value is JinjaUndefined || (arguments.Flag(1, "boolean", false) && !JinjaValues.IsTrue(value));
        return !absent ? value : arguments.Has(0, "default_value") ? arguments.At(0, "default_value") : "";
    }

    private static long Length(object? value, JinjaArguments _) => value switch
    {
        string text => text.EnumerateRunes().Count(),
        List<object?> list => list.Count,
        JinjaMap map => map.Count,
        JinjaView view => view.Items.Count,
        JinjaMarkup markup => markup.Text.EnumerateRunes().Count(),
        JinjaUndefined => 0,
        _ => throw new JinjaException($"{JinjaValues.TypeOf(value)} has no length"),
    };

    private static JinjaMarkup Escape(object? value, JinjaArguments arguments) => value as JinjaMarkup ?? new(Text(value, arguments.Only(0))
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal));

    private static string Indent(object? value, JinjaArguments arguments)
    {
        arguments.Only(3, "width", "first", "blank");
        var width = arguments.At(0, "width") is string text ? text : new string(' ', (int)arguments.Integer(0, "width", 4));
        return JinjaText.Indent(JinjaValues.Text(value), width, arguments.Flag(1, "first", false), arguments.Flag(2, "blank", false));
    }

    private static long Int(object? value, JinjaArguments arguments)
    {
        var absent = arguments.Only(1, "default").Integer(0, "default", 0);
        return value switch
        {
            string text => long.TryParse(JinjaText.Strip(text), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n)
                ? n
                : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var d) ? (long)d : absent,
            double d => (long)d,
            bool or long => JinjaValues.Integer(value),
            _ => absent,
        };
    }

    private static string Join(object? value, JinjaArguments arguments)
    {
        var items = JinjaValues.Items(value);
        if (arguments.Only(2, "d", "attribute").Has(1, "attribute")) items = items.Select(i => Attribute(i, arguments.At(1, "attribute")));
        return string.Join(arguments.Text(0, "d", ""), items.Select(JinjaValues.Text));
    }

    private static JinjaIterator Map(object? value, JinjaArguments arguments)
    {
        if (arguments.Named.TryGetValue("attribute", out var attribute))
        {
            arguments.Only(0, "attribute", "default");
            return new(JinjaValues.Items(value).Select(i => Attribute(i, attribute) is var found and not JinjaUndefined ? found : arguments.At(1, "default")));
        }

        var name = arguments.Text(0, "filter");
        var rest = new JinjaArguments(name, [.. arguments.Positional.Skip(1)], arguments.Named);
        return new(JinjaValues.Items(value).Select(i => Apply(name, i, rest)));
    }

    private static JinjaIterator Select(object? value, JinjaArguments arguments, bool attribute, bool holds)
    {
        var skip = attribute ? 1 : 0;
        var test = arguments.Positional.Count > skip ? arguments.Text(skip, "test") : null;
        var rest = new JinjaArguments(test ?? "select", [.. arguments.Positional.Skip(skip + 1)], arguments.Named);
        return new(JinjaValues.Items(value).Where(i => Holds(attribute ? Attribute(i, arguments.Required(0, "attribute")) : i) == holds));

        bool Holds(object? item) => test is null ? JinjaValues.IsTrue(item) : JinjaTests.Holds(test, item, rest);
    }

    private static List<object?> Sort(object? value, JinjaArguments arguments)
    {
        arguments.Only(3, "reverse", "case_sensitive", "attribute");
        var (reverse, sensitive, attribute) = (arguments.Flag(0, "reverse", false), arguments.Flag(1, "case_sensitive", false), arguments.At(2, "attribute"));
        var comparer = Comparer<object?>.Create(JinjaValues.Compare);
        var items = JinjaValues.Items(value);
        try
        {
            return (reverse ? items.OrderByDescending(Of, comparer) : items.OrderBy(Of, comparer)).ToList();
        }
        catch (InvalidOperationException e) when (e.InnerException is JinjaException cause)
        {
            throw new JinjaException($"'sort': {cause.Message}");
        }

        object? Of(object? item) => (attribute is JinjaUndefined or null ? item : Attribute(item, attribute)) is var of && of is string text && !sensitive
            ? text.ToLowerInvariant()
            : of;
    }

    private static JinjaIterator Unique(object? value, JinjaArguments arguments)
    {
        var seen = new List<object?>();
        foreach (var item in JinjaValues.Items(value))
        {
            if (!seen.Exists(s => JinjaValues.AreEqual(Fold(s), Fold(item)))) seen.Add(item);
        }

        arguments.Only(0);
        return new(seen);

        static object? Fold(object? item) => item is string text ? text.ToLowerInvariant() : item;
    }

    private static object? Sum(object? value, JinjaArguments arguments)
    {
        arguments.Only(0);
        var items = JinjaValues.Items(value).ToList();
        return items.Exists(i => i is double) ? items.Sum(JinjaValues.Number) : (object)items.Sum(JinjaValues.Integer);
    }

    private static object? Extreme(object? value, JinjaArguments _, int sign)
    {
        var items = JinjaValues.Items(value).ToList();
        return items.Count == 0 ? new JinjaUndefined("extreme") : items.Aggregate((a, b) => JinjaValues.Compare(b, a) * sign > 0 ? b : a);
    }

    private static List<object?> Reversed(object? value)
    {
        var items = JinjaValues.Items(value).ToList();
        items.Reverse();
        return items;
    }

    private static string ToJson(object? value, JinjaArguments arguments)
    {
        // The order of arguments is that of the filter which chat templates are run with, not of Jinja's own.
        arguments.Only(4, "ensure_ascii", "indent", "separators", "sort_keys");
        if (arguments.Flag(0, "ensure_ascii", false)) throw new JinjaException("'tojson' with ensure_ascii is not supported; 'indent' is to be named");
        var separators = arguments.At(2, "separators") switch
        {
            JinjaUndefined or null => null,
            List<object?> { Count: 2 } pair when pair.TrueForAll(s => s is string) => pair,
            var given => throw new JinjaException($"the separators of 'tojson' are {JinjaValues.TypeOf(given)}; two strings are expected"),
        };
        int? indent = arguments.At(1, "indent") is JinjaUndefined or null ? null : (int)Math.Clamp(arguments.Integer(1, "indent", 0), 0, 1000);
        return JinjaJson.Write(value, indent, arguments.Flag(3, "sort_keys", false), separators?[0] as string, separators?[1] as string);
    }

    private static object? Attribute(object? item, object? path)
    {
        foreach (var part in JinjaValues.Text(path).Split('.'))
            item = long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                ? JinjaEvaluator.Member(item, index)
                : JinjaEvaluator.Member(item, part);
        return item;
    }
}
