using System.Text.RegularExpressions;

namespace AgentTeams.Storage;

/// <summary>Knows keys by their beginning, and secrets by the name that they stand under.</summary>
internal sealed partial class SecretRedactor : ITextFinder
{
    private const string Replacement = "[secret]";
    private const int Timeout = 2000;

    private const string NamedPattern = @"(?<name>\b(?:api[_-]?key|access[_-]?key|access[_-]?token|auth[_-]?token|refresh[_-]?token"
        + @"|client[_-]?secret|secret[_-]?key|secret|passw(?:or)?d|pwd|passphrase)"
        + @"[""']?\s*[:=]\s*[""']?)(?<value>[^\s""',;&]+)";

    private static readonly TextSearch s_keys = new(Keys(), TextStarts.Key);
    private static readonly TextSearch s_named = new(NamedHere(), TextStarts.Name);

    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "password", "passwd", "pwd", "passphrase", "secret", "clientsecret", "apikey", "xapikey", "accesskey", "accesstoken", "refreshtoken", "idtoken",
        "authtoken", "bearertoken", "authorization", "privatekey", "secretkey", "connectionstring", "cookie",
    };

    public string Redact(string text) => Replace(text, _ => Replacement);

    public string RedactMember(string name, string value) => ReplaceMember(name, value, _ => Replacement);

    public string Replace(string text, Func<string, string> replace)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(replace);
        // What was put in the place of a key is no value of a name.
        var replaced = new HashSet<string>(StringComparer.Ordinal);
        string Note(string value)
        {
            var other = replace(value);
            replaced.Add(other);
            return other;
        }

        string Named(Match match) => match.Groups["value"].Value is var value && replaced.Contains(value) ? match.Value : match.Groups["name"].Value + replace(value);
        var safe = s_keys.Replace(text, match => Note(match.Value));
        return TextStarts.HasLettersLikeAscii(safe) ? NamedAnywhere().Replace(safe, Named) : s_named.Replace(safe, Named);
    }

    public string ReplaceMember(string name, string value, Func<string, string> replace)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(replace);
        var plain = name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        return value.Length > 0 && Names.Contains(plain) ? replace(value) : Replace(value, replace);
    }

    [GeneratedRegex(@"\G(?:\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}"
        + @"|\bglpat-[\w-]{16,}|\bhf_[A-Za-z0-9]{20,}|\bxox[a-z]-[\w-]{10,}"
        + @"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{30,}|\bya29\.[\w-]{16,}|\bnpm_[A-Za-z0-9]{20,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
        + @"|(?<=\b[Bb]earer\s+)[\w.~+/=-]{8,}|(?<=\b[Bb]asic\s+)[A-Za-z0-9+/]{12,}={0,2}"
        + @"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z))", RegexOptions.None, Timeout)]
    internal static partial Regex Keys();

    [GeneratedRegex(NamedPattern, RegexOptions.IgnoreCase, Timeout)]
    internal static partial Regex NamedAnywhere();

    [GeneratedRegex(@"\G" + NamedPattern, RegexOptions.IgnoreCase, Timeout)]
    internal static partial Regex NamedHere();
}
