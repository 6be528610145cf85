using System.Text;

namespace AgentTeams.Workflows;

/// <summary>Finds earlier words inside a longer message.</summary>
internal static class Quotes
{
    // What is shorter stands in many a message by chance.
    private const int Shortest = 12;

    /// <summary>Who is quoted in a message, by what each has said; the order does not follow from who spoke first.</summary>
    /// <param name="message">The words of the message.</param>
    /// <param name="speakers">The speakers by their words.</param>
    public static IEnumerable<T> In<T>(string message, IReadOnlyDictionary<string, T> speakers)
    {
        if (message.Length < Shortest) yield break;
        var rest = message;

        // The longest first: whoever is quoted only inside of another's words is not quoted here.
        var candidates = speakers.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => (Words: s.Key.Trim(), Speaker: s.Value))
            .Where(s => s.Words.Length >= Shortest && s.Words.Length <= message.Length).OrderByDescending(s => s.Words.Length);
        foreach (var (said, speaker) in candidates)
        {
            if (Without(rest, said) is not { } without) continue;
            rest = without;
            yield return speaker;
        }
    }

    private static string? Without(string text, string quote)
    {
        StringBuilder? without = null;
        var kept = 0;
        for (var at = text.IndexOf(quote, StringComparison.Ordinal); at >= 0; at = text.IndexOf(quote, Math.Max(kept, at + 1), StringComparison.Ordinal))
        {
            var end = at + quote.Length;
            if (Continues(text, at) || Continues(text, end)) continue;

            // No quote reaches over the gap.
            (without ??= new()).Append(text, kept, at - kept).Append('\0');
            kept = end;
        }

        return without?.Append(text, kept, text.Length - kept).ToString();
    }

    private static bool Continues(string text, int at) => at > 0 && at < text.Length && char.IsLetterOrDigit(text[at - 1]) && char.IsLetterOrDigit(text[at]);
}
