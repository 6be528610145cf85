using System.Buffers;
using System.Text.RegularExpressions;

namespace AgentTeams.Storage;

/// <summary>Where the patterns of the built-in redactors can begin: from a place on, the first such place, or -1.</summary>
internal static partial class TextStarts
{
    private static readonly SearchValues<string> s_keys = SearchValues.Create(
        ["sk-", "sk_", "pk-", "pk_", "rk-", "rk_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "hf_", "xox", "AKIA", "ASIA", "AIza", "ya29.", "npm_", "eyJ", "earer", "asic", "-----BEGIN "],
        StringComparison.Ordinal);

    private static readonly SearchValues<string> s_names = SearchValues.Create(["api", "access", "auth", "refresh", "client", "secret", "passw", "pwd", "passphrase"], StringComparison.OrdinalIgnoreCase);
    private static readonly SearchValues<char> s_phones = SearchValues.Create("+(0123456789");

    private static readonly SearchValues<char> s_address = SearchValues.Create(string.Concat(AddressPattern().Matches(string.Concat(Enumerable.Range(0, char.MaxValue + 1).Select(c => (char)c))).Select(m => m.Value)));

    // Letters that a pattern takes for 'i' and 'k' where it ignores case, and a search does not.
    private static readonly SearchValues<char> s_likeAscii = SearchValues.Create("\u0130\u0131\u017F\u212A");

    /// <summary>Of the keys of services; a token stands behind the word before it.</summary>
    public static int Key(string text, int from)
    {
        // A word that began earlier may stand before this place.
        for (var at = Math.Max(0, from - LongestWord(text, from)); Find(text, at, s_keys) is >= 0 and var found; at = found + 1)
        {
            var start = text[found] switch { 'e' when text[found + 1] == 'a' => Behind(text, found + "earer".Length), 'a' => Behind(text, found + "asic".Length), _ => found };
            if (start >= from && start < text.Length) return start;
        }

        return -1;
    }

    /// <summary>Of the names that secrets stand under.</summary>
    public static int Name(string text, int from) => Find(text, from, s_names);

    /// <summary>Whether a pattern that ignores case may read letters of the text as others.</summary>
    public static bool HasLettersLikeAscii(string text) => text.AsSpan().ContainsAny(s_likeAscii);

    /// <summary>Of e-mail addresses: what stands before an '@', as far as it goes.</summary>
    public static int Email(string text, int from)
    {
        for (var at = from; text.IndexOf('@', at) is >= 0 and var sign; at = sign + 1)
        {
            var start = from + text.AsSpan(from, sign - from).LastIndexOfAnyExcept(s_address) + 1;
            if (start < sign && (start == 0 || !s_address.Contains(text[start - 1]))) return start;
        }

        return -1;
    }

    /// <summary>Of card numbers.</summary>
    public static int Card(string text, int from)
    {
        for (var at = from; Next(text.AsSpan(at).IndexOfAnyInRange('2', '6'), at) is >= 0 and var start; at = BehindDigits(text, start))
        {
            if ((start == 0 || !(IsWord(text[start - 1]) || text[start - 1] is '.' or '-')) && HasDigits(text, start, 13)) return start;
        }

        return -1;
    }

    /// <summary>Of telephone numbers.</summary>
    public static int Phone(string text, int from)
    {
        for (var at = from; Next(text.AsSpan(at).IndexOfAny(s_phones), at) is >= 0 and var start; at = char.IsAsciiDigit(text[start]) ? BehindDigits(text, start) : start + 1)
        {
            if ((start == 0 || !(IsWord(text[start - 1]) || text[start - 1] is '.' or '+' or '-')) && IsPhoneLike(text.AsSpan(start))) return start;
        }

        return -1;
    }

    /// <summary>Of bank account numbers: two capital letters before two digits.</summary>
    public static int Account(string text, int from)
    {
        for (var at = from + 2; at < text.Length && Next(text.AsSpan(at).IndexOfAnyInRange('0', '9'), at) is >= 0 and var digit; at = BehindDigits(text, digit))
        {
            if (char.IsAsciiLetterUpper(text[digit - 1]) && char.IsAsciiLetterUpper(text[digit - 2]) && digit + 1 < text.Length && char.IsAsciiDigit(text[digit + 1])) return digit - 2;
        }

        return -1;
    }

    // A country's code, a local one, or three digits and what stands between groups.
    private static bool IsPhoneLike(ReadOnlySpan<char> text) => text switch
    {
        ['0', ..] => true,
        ['1', ' ' or '.' or '-', ..] => true,
        ['+' or '(', var next, ..] => char.IsAsciiDigit(next),
        [_, var second, var third, ' ' or '.' or '-', ..] => char.IsAsciiDigit(second) && char.IsAsciiDigit(third),
        _ => false,
    };

    // Digits with at most one space or dash between them.
    private static bool HasDigits(string text, int at, int least)
    {
        for (var digits = 0; at < text.Length; at++)
        {
            if (char.IsAsciiDigit(text[at]) && ++digits >= least) return true;
            if (!char.IsAsciiDigit(text[at]) && (text[at] is not (' ' or '-') || at + 1 >= text.Length || !char.IsAsciiDigit(text[at + 1]))) return false;
        }

        return false;
    }

    private static int BehindDigits(string text, int at)
    {
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        return at;
    }

    private static int Find(string text, int from, SearchValues<string> words) => Next(text.AsSpan(from).IndexOfAny(words), from);

    private static int Next(int found, int from) => found < 0 ? -1 : from + found;

    private static int Behind(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        return at;
    }

    // How far back a word and the space behind it may begin.
    private static int LongestWord(string text, int from)
    {
        var at = from;
        while (at > 0 && char.IsWhiteSpace(text[at - 1])) at--;
        return from - at + "earer".Length;
    }

    // Of letters beyond ASCII the pattern itself knows more; to call one none costs a try alone.
    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    [GeneratedRegex(@"[\w.%+'-]+")]
    private static partial Regex AddressPattern();
}
