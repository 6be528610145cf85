using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>The one way in which a grammar writes the fixed values of a schema: compact, escaping only what JSON requires.</summary>
internal static class JsonText
{
    public static string Of(string text)
    {
        var json = new StringBuilder("\"", text.Length + 2);
        foreach (var c in text)
        {
            if (c is '"' or '\\') json.Append('\\').Append(c);
            else if (c < ' ') json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else json.Append(c);
        }

        return json.Append('"').ToString();
    }

    public static string Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Of(value.GetString()!),
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Of))}]",
        JsonValueKind.Object => $"{{{string.Join(',', value.EnumerateObject().Select(p => $"{Of(p.Name)}:{Of(p.Value)}"))}}}",
        _ => value.GetRawText(),
    };
}
