using System.Text;
using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>Values of templates from JSON, and as JSON written the way chat templates expect it.</summary>
internal static class JinjaJson
{
    public static object? Read(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => Map(value.EnumerateObject().Select(p => (p.Name, Read(p.Value)))),
        JsonValueKind.Array => value.EnumerateArray().Select(Read).ToList(),
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number =>
            value.TryGetInt64(out var integer) && !value.GetRawText().AsSpan().ContainsAny('.', 'e', 'E') ? integer : (object)value.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    public static JinjaMap Map(params IEnumerable<(string Key, object? Value)> entries)
    {
        var map = new JinjaMap();
        foreach (var (key, value) in entries) map[key] = value;
        return map;
    }

    public static string Write(object? value, int? indent, bool sorted, string? between, string? colon)
    {
        var text = new StringBuilder();
        Append(text, value, new(indent, sorted, between ?? (indent is null ? ", " : ","), colon ?? ": "), 0);
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value, Style style, int level)
    {
        switch (value)
        {
            case JinjaMap map:
                var entries = style.Sorted ? map.OrderBy(p => JinjaValues.Text(p.Key), StringComparer.Ordinal) : map.AsEnumerable();
                Enclose(text, '{', '}', entries, style, level, entry =>
                {
                    PythonJson.AppendString(text, JinjaValues.Text(entry.Key));
                    text.Append(style.Colon);
                    Append(text, entry.Value, style, level + 1);
                });
                break;
            case List<object?> list:
                Enclose(text, '[', ']', list, style, level, item => Append(text, item, style, level + 1));
                break;
            case string s:
                PythonJson.AppendString(text, s);
                break;
            case JinjaMarkup markup:
                PythonJson.AppendString(text, markup.Text);
                break;
            case null:
                text.Append("null");
                break;
            case bool b:
                text.Append(b ? "true" : "false");
                break;
            case double d when !double.IsFinite(d):
                throw new JinjaException("a number that is not finite cannot be written as JSON");
            case long or double:
                text.Append(JinjaValues.Text(value));
                break;
            default:
                throw new JinjaException($"{JinjaValues.TypeOf(value)} cannot be written as JSON");
        }
    }

    private static void Enclose<T>(StringBuilder text, char open, char close, IEnumerable<T> items, Style style, int level, Action<T> append)
    {
        text.Append(open);
        var first = true;
        foreach (var item in items)
        {
            if (!first) text.Append(style.Between);
            if (style.Indent is { } width) text.Append('\n').Append(' ', width * (level + 1));
            append(item);
            first = false;
        }

        if (!first && style.Indent is { } outer) text.Append('\n').Append(' ', outer * level);
        text.Append(close);
    }

    private sealed record Style(int? Indent, bool Sorted, string Between, string Colon);
}
