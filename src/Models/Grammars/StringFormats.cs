namespace AgentTeams.Models;

/// <summary>
/// The formats of JSON schemas that can be kept, as regular expressions. Where a format leaves a choice, texts are read that .NET
/// reads too: years from 1000 to 9899, addresses with an authority, times without an offset.
/// </summary>
internal static class StringFormats
{
    private const string Date =
        "(?:(?:[1-8][0-9]{3}|9[0-8][0-9]{2})-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
        + "|(?:[1-8][0-9]|9[0-8])(?:0[48]|[2468][048]|[13579][26])-02-29|(?:[2468][048]|[1357][26]|9[26])00-02-29)";

    private const string Time = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,7})?";

    // No two hyphens together: in the third and fourth place they are kept for internationalised names (RFC 5891, section 4.2.3.1).
    private const string Label = "[a-z0-9](?:-?[a-z0-9]){0,30}";
    private const string Host = Label + "(?:\\." + Label + "){0,6}";
    private const string Octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private const string UriText = "(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*";
    private const string Uri = "[a-z][a-z0-9+-]{1,15}://" + Host + "(?::[1-9][0-9]{0,3})?(?:/" + UriText + ")*"
        + "(?:\\?(?:[A-Za-z0-9._~=&-]|%[0-9A-F]{2})*)?(?:#" + UriText + ")?";

    private static readonly Dictionary<string, string> s_patterns = new(StringComparer.Ordinal)
    {
        ["date"] = $"^{Date}$",
        ["time"] = $"^{Time}$",
        ["date-time"] = $"^{Date}T{Time}(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])$",
        ["duration"] = "^P(?:[0-9]{1,5}D(?:T[0-9]{1,2}H[0-9]{1,2}M[0-9]{1,2}S)?|T(?:[0-9]{1,5}H(?:[0-9]{1,5}M(?:[0-9]{1,5}S)?)?|"
            + "[0-9]{1,5}M(?:[0-9]{1,5}S)?|[0-9]{1,5}S))$",
        ["uuid"] = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        ["uri"] = $"^{Uri}$",
        ["uri-reference"] = $"^{Uri}$",
        ["iri"] = $"^{Uri}$",
        ["email"] = $"^[A-Za-z0-9_+-]{{1,20}}(?:\\.[A-Za-z0-9_+-]{{1,20}}){{0,2}}@(?:{Label}\\.){{1,3}}[a-z]{{2,12}}$",
        ["hostname"] = $"^{Host}$",
        ["ipv4"] = $"^{Octet}(?:\\.{Octet}){{3}}$",
        ["ipv6"] = "^(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}$",
        ["json-pointer"] = "^(?:/(?:[^/~]|~[01])*)*$",
    };

    /// <summary>The content encoding that can be kept.</summary>
    public const string Base64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";

    // System.Text.Json describes its own forms of some types by expressions that take more than it reads.
    private static readonly Dictionary<string, string> s_readable = new(StringComparer.Ordinal)
    {
        [@"^-?(\d+\.)?\d{2}:\d{2}:\d{2}(\.\d{1,7})?$"] = $"^-?(?:[0-9]{{1,6}}\\.)?{Time}$",
        [@"^\d+(\.\d+){1,3}$"] = "^[0-9]{1,9}(?:\\.[0-9]{1,9}){1,3}$",
    };

    /// <summary>A regular expression, or a narrower one where .NET would not read all that it takes.</summary>
    public static string Readable(string pattern) => s_readable.GetValueOrDefault(pattern, pattern);

    public static IEnumerable<string> Names => s_patterns.Keys;

    /// <summary>The regular expression of a format, or null for one that is unknown.</summary>
    public static string? PatternOf(string format) => s_patterns.GetValueOrDefault(format);
}
