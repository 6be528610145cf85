using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>Writes JSON as Python's standard library does, because that is what the models were trained on.</summary>
internal static class PythonJson
{
    /// <summary>The JSON of a value: on one line, or with that many spaces of indentation.</summary>
    public static string Write(JsonElement value, int? indent = null)
    {
        var text = new StringBuilder();
        Append(text, value, indent, 0);
        return text.ToString();
    }

    /// <summary>The JSON of a call's arguments.</summary>
    public static string Write(IDictionary<string, object?>? arguments) =>
        Write(JsonSerializer.SerializeToElement(arguments ?? new Dictionary<string, object?>(), Microsoft.Extensions.AI.AIJsonUtilities.DefaultOptions));

    private static void Append(StringBuilder text, JsonElement value, int? indent, int level)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                Enclose(text, '{', '}', value.EnumerateObject(), indent, level, property =>
                {
                    AppendString(text, property.Name);
                    text.Append(": ");
                    Append(text, property.Value, indent, level + 1);
                });
                break;
            case JsonValueKind.Array:
                Enclose(text, '[', ']', value.EnumerateArray(), indent, level, item => Append(text, item, indent, level + 1));
                break;
            case JsonValueKind.String:
                AppendString(text, value.GetString()!);
                break;
            case JsonValueKind.Number:
                text.Append(Number(value));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    private static void Enclose<T>(StringBuilder text, char open, char close, IEnumerable<T> items, int? indent, int level, Action<T> append)
    {
        text.Append(open);
        var first = true;
        foreach (var item in items)
        {
            if (!first) text.Append(indent is null ? ", " : ",");
            if (indent is { } width) text.Append('\n').Append(' ', width * (level + 1));
            append(item);
            first = false;
        }

        if (!first && indent is { } outer) text.Append('\n').Append(' ', outer * level);
        text.Append(close);
    }

    /// <summary>Appends a quoted string; what is not ASCII stays as it is.</summary>
    public static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append(@"\\"),
                '\n' => text.Append(@"\n"),
                '\r' => text.Append(@"\r"),
                '\t' => text.Append(@"\t"),
                '\b' => text.Append(@"\b"),
                '\f' => text.Append(@"\f"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    private static string Number(JsonElement value)
    {
        var raw = value.GetRawText();
        if (!raw.AsSpan().ContainsAny('.', 'e', 'E')) return raw;
        var number = value.GetDouble();
        return double.IsFinite(number) ? Float(number) : raw;
    }

    /// <summary>A finite float as Python writes it.</summary>
    public static string Float(double number)
    {
        if (number == 0) return double.IsNegative(number) ? "-0.0" : "0.0";

        // The shortest digits that read back the same, laid out by Python's rule for the exponent.
        var shortest = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var point = shortest[0].IndexOf('.', StringComparison.Ordinal);
        var digits = shortest[0].Replace(".", "", StringComparison.Ordinal);
        var leading = digits.Length - digits.TrimStart('0').Length;
        var exponent = (point < 0 ? digits.Length : point) - 1 - leading
            + (shortest.Length > 1 ? int.Parse(shortest[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0);
        var mantissa = digits.Trim('0');
        var sign = number < 0 ? "-" : "";
        if (exponent is < -4 or >= 16)
        {
            var fraction = mantissa.Length > 1 ? "." + mantissa[1..] : "";
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{mantissa[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }

        if (exponent < 0) return sign + "0." + new string('0', -exponent - 1) + mantissa;
        var whole = mantissa.PadRight(exponent + 1, '0');
        return $"{sign}{whole[..(exponent + 1)]}.{(whole.Length > exponent + 1 ? whole[(exponent + 1)..] : "0")}";
    }
}
