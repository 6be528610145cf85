using System.Text;
using System.Text.RegularExpressions;

namespace AgentTeams.Storage;

/// <summary>
/// The matches of a pattern, found where one can begin alone: a pattern is tried at each place of a text, and most places can be ruled out many at a time. The pattern begins with
/// <c>\G</c>, and never matches nothing.
/// </summary>
/// <param name="pattern">The pattern.</param>
/// <param name="next">From a place on, the first at which the pattern may match, or -1; it may name places where the pattern does not.</param>
internal sealed class TextSearch(Regex pattern, Func<string, int, int> next)
{
    /// <summary>The text with every match replaced, as <see cref="Regex.Replace(string, MatchEvaluator)"/> of the pattern without <c>\G</c> gives it.</summary>
    public string Replace(string text, MatchEvaluator evaluate)
    {
        StringBuilder? written = null;
        var (copied, from) = (0, 0);
        while (from < text.Length && next(text, from) is >= 0 and var at)
        {
            var match = pattern.Match(text, at);
            from = match.Success ? at + match.Length : at + 1;
            if (!match.Success) continue;
            (written ??= new(text.Length)).Append(text, copied, at - copied).Append(evaluate(match));
            copied = from;
        }

        return written is null ? text : written.Append(text, copied, text.Length - copied).ToString();
    }
}
