using System.Buffers.Text;
using System.Text;

namespace AgentTeams.Storage;

/// <summary>Texts that are kept as the base64 of a data URI (RFC 2397), as JSON keeps text files.</summary>
internal static class DataTexts
{
    private const string Start = "data:";
    private const string Encoded = ";base64";

    /// <summary>Whether it is a data URI in base64, of a text or of anything else.</summary>
    public static bool IsData(string uri) => HeaderOf(uri) is not null;

    /// <summary>The text inside, or null where there is none: only texts can be read; what an image shows stays.</summary>
    public static string? Of(string uri) => HeaderOf(uri) is { } header && IsText(header) ? Encoding.UTF8.GetString(Convert.FromBase64String(uri[(header.Length + 1)..])) : null;

    /// <summary>The URI with the text inside changed; the same where there is none.</summary>
    public static string Changed(string uri, Func<string, string> change)
    {
        if (Of(uri) is not { } text) return uri;
        var safe = change(text);
        return safe == text ? uri : $"{HeaderOf(uri)},{Convert.ToBase64String(Encoding.UTF8.GetBytes(safe))}";
    }

    private static bool IsText(string header) =>
        header.StartsWith(Start + "text/", StringComparison.OrdinalIgnoreCase) || header.Contains("json", StringComparison.OrdinalIgnoreCase);

    private static string? HeaderOf(string uri)
    {
        if (!uri.StartsWith(Start, StringComparison.OrdinalIgnoreCase)) return null;
        var at = uri.IndexOf(',', StringComparison.Ordinal);
        return at > 0 && uri.AsSpan(0, at).EndsWith(Encoded, StringComparison.OrdinalIgnoreCase) && Base64.IsValid(uri.AsSpan(at + 1)) ? uri[..at] : null;
    }
}
