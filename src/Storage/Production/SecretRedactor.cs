using System.Text.RegularExpressions;

namespace AgentTeams.Storage;

/// <summary>Knows keys by their beginning, and secrets by the name that they stand under.</summary>
internal sealed partial class SecretRedactor : ITextRedactor
{
    private const string Replacement = "[secret]";
    private const int Timeout = 2000;

    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "password", "passwd", "pwd", "passphrase", "secret", "clientsecret", "apikey", "xapikey", "accesskey", "accesstoken", "refreshtoken", "idtoken",
        "authtoken", "bearertoken", "authorization", "privatekey", "secretkey", "connectionstring", "cookie",
    };

    public string Redact(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Named().Replace(
            Keys().Replace(text, Replacement), match => match.Groups["value"].Value == Replacement ? match.Value : match.Groups["name"].Value + Replacement);
    }

    public string RedactMember(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        var plain = name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        return value.Length > 0 && Names.Contains(plain) ? Replacement : Redact(value);
    }

    [GeneratedRegex(@"\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}"
        + @"|\bglpat-[\w-]{16,}|\bhf_[A-Za-z0-9]{20,}|\bxox[a-z]-[\w-]{10,}"
        + @"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{30,}|\bya29\.[\w-]{16,}|\bnpm_[A-Za-z0-9]{20,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
        + @"|(?<=\b[Bb]earer\s+)[\w.~+/=-]{8,}|(?<=\b[Bb]asic\s+)[A-Za-z0-9+/]{12,}={0,2}"
        + @"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)", RegexOptions.None, Timeout)]
    private static partial Regex Keys();

    [GeneratedRegex(@"(?<name>\b(?:api[_-]?key|access[_-]?key|access[_-]?token|auth[_-]?token|refresh[_-]?token"
        + @"|client[_-]?secret|secret[_-]?key|secret|passw(?:or)?d|pwd|passphrase)"
        + @"[""']?\s*[:=]\s*[""']?)(?<value>[^\s""',;&]+)", RegexOptions.IgnoreCase, Timeout)]
    private static partial Regex Named();
}
