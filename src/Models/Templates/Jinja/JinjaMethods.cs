using System.Globalization;

namespace AgentTeams.Models;

/// <summary>The methods of strings, mappings and lists that templates call. None changes what it is called on.</summary>
internal static class JinjaMethods
{
    /// <summary>The method of a value, or null where it has none of that name.</summary>
    public static JinjaFunction? Of(object? target, string name) => target switch
    {
        string text => OfText(text, name),
        JinjaMap map => OfMap(map, name),
        List<object?> list => OfList(list, name),
        _ => null,
    };

    private static JinjaFunction? OfText(string text, string name) => name switch
    {
        "strip" => a => JinjaText.Strip(text, Characters(a)),
        "lstrip" => a => JinjaText.Strip(text, Characters(a), end: false),
        "rstrip" => a => JinjaText.Strip(text, Characters(a), start: false),
        "split" => a => JinjaText.Split(text, Separator(a), a.Integer(1, "maxsplit", -1), fromEnd: false),
        "rsplit" => a => JinjaText.Split(text, Separator(a), a.Integer(1, "maxsplit", -1), fromEnd: true),
        "splitlines" => Plain(text, JinjaText.Lines),
        "startswith" => a => Affixes(a).Any(p => text.StartsWith(p, StringComparison.Ordinal)),
        "endswith" => a => Affixes(a).Any(p => text.EndsWith(p, StringComparison.Ordinal)),
        "removeprefix" => a => a.Only(1).Text(0, "prefix") is var p && text.StartsWith(p, StringComparison.Ordinal) ? text[p.Length..] : text,
        "removesuffix" => a => a.Only(1).Text(0, "suffix") is var s && text.EndsWith(s, StringComparison.Ordinal) ? text[..^s.Length] : text,
        "replace" => a => JinjaFilters.Replace(text, a),
        "upper" => Plain(text, t => t.ToUpperInvariant()),
        "lower" => Plain(text, t => t.ToLowerInvariant()),
        "title" => Plain(text, JinjaText.Title),
        "capitalize" => Plain(text, JinjaText.Capitalize),
        "find" => a => Place(text, text.IndexOf(a.Only(1).Text(0, "sub"), StringComparison.Ordinal)),
        "rfind" => a => Place(text, text.LastIndexOf(a.Only(1).Text(0, "sub"), StringComparison.Ordinal)),
        "count" => a => (long)JinjaText.Split(text, a.Only(1).Text(0, "sub"), -1, fromEnd: false).Count - 1,
        "join" => a => string.Join(text, JinjaValues.Items(a.Only(1).Required(0, "iterable"))
            .Select(i => i as string ?? throw new JinjaException($"'join' puts strings together, not {JinjaValues.TypeOf(i)}"))),
        "isdigit" => Plain(text, t => t.Length > 0 && t.All(c => CharUnicodeInfo.GetDigitValue(c) >= 0)),
        "isalpha" => Plain(text, t => t.Length > 0 && t.All(char.IsLetter)),
        "isspace" => Plain(text, t => t.Length > 0 && t.All(JinjaText.IsSpace)),
        _ => null,
    };

    // In characters, as texts are indexed, rather than UTF-16 units.
    private static long Place(string text, int at) => at < 0 ? at : JinjaText.Characters(text[..at]).Count;

    private static JinjaFunction Plain<T>(T target, Func<T, object?> of) => a =>
    {
        a.Only(0);
        return of(target);
    };

    private static JinjaFunction? OfMap(JinjaMap map, string name) => name switch
    {
        "items" => Plain(map, m => new JinjaView(JinjaView.Entries, Pairs(m))),
        "keys" => Plain(map, m => new JinjaView(JinjaView.Keys, [.. m.Keys])),
        "values" => Plain(map, m => new JinjaView(JinjaView.Values, [.. m.Values])),
        "get" => a => map.TryGetValue(JinjaValues.Key(a.Only(2, "key", "default").Required(0, "key")), out var value)
            ? value
            : a.At(1, "default") is var absent and not JinjaUndefined ? absent : null,
        "copy" => Plain(map, Copy),
        _ => null,
    };

    private static JinjaMap Copy(JinjaMap map)
    {
        var copy = new JinjaMap();
        foreach (var (key, value) in map) copy[key] = value;
        return copy;
    }

    private static JinjaFunction? OfList(List<object?> list, string name) => name switch
    {
        "index" => a => list.FindIndex(i => JinjaValues.AreEqual(i, a.Only(1).Required(0, "value"))) is >= 0 and var at
            ? (long)at
            : throw new JinjaException("'index' finds no such item"),
        "count" => a => (long)list.Count(i => JinjaValues.AreEqual(i, a.Only(1).Required(0, "value"))),
        _ => null,
    };

    public static List<object?> Pairs(JinjaMap map) => [.. map.Select(p => (object?)new JinjaTuple([p.Key, p.Value]))];

    private static string? Characters(JinjaArguments arguments) =>
        arguments.Only(1, "chars").At(0, "chars") is JinjaUndefined or null ? null : arguments.Text(0, "chars");

    private static string? Separator(JinjaArguments arguments) =>
        arguments.Only(2, "sep", "maxsplit").At(0, "sep") is JinjaUndefined or null ? null : arguments.Text(0, "sep");

    private static IEnumerable<string> Affixes(JinjaArguments arguments) => arguments.Only(1).Required(0, "prefix") is JinjaTuple several
        ? several.Select(s => s as string ?? throw new JinjaException($"'{arguments.Function}' looks for strings")) : [arguments.Text(0, "prefix")];
}
