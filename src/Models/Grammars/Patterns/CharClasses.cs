using System.Globalization;

namespace AgentTeams.Models;

/// <summary>
/// The classes of regular expressions. ECMA-262, and .NET with and without its ECMAScript mode, do not agree on them: the narrow
/// reading holds what all take for members, the wide one what any does. So what is read for a class is a member to every validator.
/// </summary>
internal static class CharClasses
{
    private static readonly (CharSet Narrow, CharSet Wide) s_digit = Both(CharSet.Of(('0', '9')), char.IsDigit);

    private static readonly (CharSet Narrow, CharSet Wide) s_word = Both(CharSet.Of(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')),
        c => char.GetUnicodeCategory(c) is <= UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation || c is '\u200C' or '\u200D');

    private static readonly (CharSet Narrow, CharSet Wide) s_space = Both(CharSet.Of(('\t', '\r'), (' ', ' ')), c => char.IsWhiteSpace(c) || c == '\uFEFF');

    private static readonly (CharSet Narrow, CharSet Wide) s_lineEnd = Both(CharSet.Of(('\n', '\n')), c => c is '\n' or '\r' or '\u2028' or '\u2029');

    /// <summary>The class of an escape such as d or D, or null for a letter that is none.</summary>
    public static CharSet? Of(char letter, bool wide) => letter switch
    {
        'd' => Choose(s_digit, wide),
        'w' => Choose(s_word, wide),
        's' => Choose(s_space, wide),
        'D' => Choose(s_digit, !wide).Not(),
        'W' => Choose(s_word, !wide).Not(),
        'S' => Choose(s_space, !wide).Not(),
        _ => null,
    };

    /// <summary>What the dot stands for.</summary>
    public static CharSet Dot(bool wide) => Choose(s_lineEnd, !wide).Not();

    private static CharSet Choose((CharSet Narrow, CharSet Wide) set, bool wide) => wide ? set.Wide : set.Narrow;

    private static (CharSet, CharSet) Both(CharSet narrow, Func<char, bool> also) => (narrow, narrow.Or(CharSet.Where(also)));
}
