using System.Text.RegularExpressions;

namespace AgentTeams.Storage;

/// <summary>Replaces what a pattern matches.</summary>
public sealed class RegexRedactor : ITextFinder
{
    private readonly Func<string, MatchEvaluator, string> _search;
    private readonly string _replacement;
    private readonly Func<string, bool> _accept;

    /// <summary>Replaces every match.</summary>
    /// <param name="pattern">The pattern. Give it a time-out: where it ends a match, the trajectory is not stored.</param>
    /// <param name="replacement">What stands there instead, as it is; "[redacted]" by default.</param>
    public RegexRedactor(Regex pattern, string replacement = "[redacted]")
            {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(replacement);
        (_search, _replacement, _accept) = (pattern.Replace, replacement, _ => true);
    }

    /// <param name="search">Finds what is looked for.</param>
    /// <param name="replacement">What stands there instead.</param>
    /// <param name="accept">Whether a match is what is looked for; one that is not stays. Null if each is.</param>
    internal RegexRedactor(TextSearch search, string replacement, Func<string, bool>? accept = null) => (_search, _replacement, _accept) = (search.Replace, replacement, accept ?? (_ => true));

    /// <inheritdoc/>
    public string Redact(string text) => Replace(text, _ => _replacement);

    /// <inheritdoc/>
    public string Replace(string text, Func<string, string> replace)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(replace);
        return _search(text, match => _accept(match.Value) ? replace(match.Value) : match.Value);
    }
}
