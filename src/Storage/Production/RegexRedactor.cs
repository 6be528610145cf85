using System.Text.RegularExpressions;

namespace AgentTeams.Storage;

/// <summary>Replaces what a pattern matches.</summary>
public sealed class RegexRedactor : ITextFinder
{
    private readonly Regex _pattern;
    private readonly string _replacement;
    private readonly Func<string, bool> _accept;

    /// <summary>Replaces every match.</summary>
    /// <param name="pattern">The pattern. Give it a time-out: where it ends a match, the trajectory is not stored.</param>
    /// <param name="replacement">What stands there instead, as it is; "[redacted]" by default.</param>
    public RegexRedactor(Regex pattern, string replacement = "[redacted]")
        : this(pattern, replacement, _ => true) { }

    /// <param name="pattern">The pattern.</param>
    /// <param name="replacement">What stands there instead.</param>
    /// <param name="accept">Whether a match is what is looked for; one that is not stays.</param>
    internal RegexRedactor(Regex pattern, string replacement, Func<string, bool> accept)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(replacement);
        (_pattern, _replacement, _accept) = (pattern, replacement, accept);
    }

    /// <inheritdoc/>
    public string Redact(string text) => Replace(text, _ => _replacement);

    /// <inheritdoc/>
    public string Replace(string text, Func<string, string> replace)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(replace);
        return _pattern.Replace(text, match => _accept(match.Value) ? replace(match.Value) : match.Value);
    }
}
