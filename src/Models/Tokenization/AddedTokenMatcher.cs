using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace AgentTeams.Models;

/// <summary>Finds added tokens in text: the leftmost, and of those that start there the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Func<AddedToken, string> _textOf;
    private readonly Dictionary<char, AddedToken[]> _byFirst;
    private readonly SearchValues<string> _any;

    private AddedTokenMatcher(List<AddedToken> tokens, Func<AddedToken, string> textOf)
    {
        _textOf = textOf;
        _byFirst = tokens.GroupBy(t => textOf(t)[0]).ToDictionary(g => g.Key, g => g.OrderByDescending(t => textOf(t).Length).ToArray());
        _any = SearchValues.Create([.. tokens.Select(textOf)], StringComparison.Ordinal);
    }

    /// <summary>A matcher, or null where there is nothing to match.</summary>
    public static AddedTokenMatcher? For(IEnumerable<AddedToken> tokens, Func<AddedToken, string> textOf)
    {
        var list = tokens.ToList();
        return list.Count == 0 ? null : new(list, textOf);
    }

    /// <summary>The tokens of a text, each with the range it takes, stripped white space included; ranges ascend and do not overlap.</summary>
    public List<(AddedToken Token, int Start, int End)> Matches(ReadOnlySpan<char> text)
    {
        var matches = new List<(AddedToken, int, int)>();
        var (from, done) = (0, 0);
        while (from < text.Length)
        {
            var offset = text[from..].IndexOfAny(_any);
            if (offset < 0) break;
            var start = from + offset;
            var token = LongestAt(text[start..]);
            var end = from = start + _textOf(token).Length;
            if (token.SingleWord
                && (EndsInWord(text[..start]) || (Rune.DecodeFromUtf16(text[end..], out var after, out _) == OperationStatus.Done && IsWord(after))))
            {
                continue;
            }

            if (token.StripLeft) start = done + text[done..Math.Max(done, start)].TrimEnd().Length;
            if (token.StripRight) end = text.Length - text[end..].TrimStart().Length;
            matches.Add((token, Math.Max(done, start), end));
            done = end;
        }

        return matches;
    }

    private static bool EndsInWord(ReadOnlySpan<char> text) => Rune.DecodeLastFromUtf16(text, out var last, out _) == OperationStatus.Done && IsWord(last);

    // What \w means in Unicode's recommendations for regular expressions (UTS 18, annex C); the ranges are letters in circles and squares.
    private static bool IsWord(Rune c) => Rune.GetUnicodeCategory(c)
        is <= UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation
        || c.Value is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169)
            or (>= 0x1F170 and <= 0x1F189);

    private AddedToken LongestAt(ReadOnlySpan<char> text)
    {
        foreach (var token in _byFirst[text[0]])
        {
            if (text.StartsWith(_textOf(token), StringComparison.Ordinal)) return token;
        }

        throw new UnreachableException();
    }
}
