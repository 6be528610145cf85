using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>Texts as the claims that they make.</summary>
internal static class Claims
{
    /// <summary>Each sentence once, normalised. A JSON text makes the claims of the texts in it.</summary>
    public static IReadOnlyList<string> Of(string text) => [.. Sentences(Unwrap(text)).Select(Normalise).Where(c => c.Any(char.IsLetterOrDigit)).Distinct(StringComparer.Ordinal)];

    /// <summary>Lower case, one space between words, nothing around: so a claim is found in a text that holds it.</summary>
    public static string Normalise(string text)
    {
        var words = new StringBuilder(text.Length);
        foreach (var c in Unwrap(text))
        {
            if (!char.IsWhiteSpace(c)) words.Append(char.ToLowerInvariant(c));
            else if (words.Length > 0 && words[^1] != ' ') words.Append(' ');
        }

        return words.ToString().Trim().Trim('.', '!', '?', ';', ',', ':', '"', '\'', '(', ')', ' ');
    }

    /// <summary>JSON as the texts and values in it, a line each.</summary>
    public static string Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => string.Join('\n', value.EnumerateObject().Select(m => Plain(m.Value))),
        JsonValueKind.Array => string.Join('\n', value.EnumerateArray().Select(Plain)),
        JsonValueKind.String => value.GetString()!,
        _ => value.GetRawText(),
    };

    /// <summary>What a content says in words.</summary>
    public static string Plain(AIContent content) => content switch
    {
        TextContent text => Unwrap(text.Text),
        FunctionResultContent result => result.Result is string text ? text : Plain(TrajectoryJson.ToElement(result.Result)),
        _ => "",
    };

    // A stop within a number or a name is none.
    private static IEnumerable<string> Sentences(string text)
    {
        var start = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] is not ('.' or '!' or '?' or ';' or '\n' or '\r')) continue;
            if (text[at] is not ('\n' or '\r') && at + 1 < text.Length && !char.IsWhiteSpace(text[at + 1])) continue;
            yield return text[start..at];
            start = at + 1;
        }

        yield return text[start..];
    }

    private static string Unwrap(string text)
    {
        if (text.AsSpan().Trim() is not (['{', .., '}'] or ['[', .., ']'] or ['"', .., '"'])) return text;
        try
        {
            using var json = JsonDocument.Parse(text);
            return Plain(json.RootElement);
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
