using System.Text.RegularExpressions;

namespace AgentTeams.Storage;

/// <summary>Replaces what a pattern matches.</summary>
public sealed class RegexRedactor : ITextRedactor
{
    private readonly Regex _pattern;
    private readonly MatchEvaluator _replace;

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
        _pattern = pattern;
        _replace = match => accept(match.Value) ? replacement : match.Value;
    }

    /// <inheritdoc/>
    public string Redact(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _pattern.Replace(text, _replace);
    }
}
