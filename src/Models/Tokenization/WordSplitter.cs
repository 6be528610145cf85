using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AgentTeams.Models;

/// <summary>One way of cutting text into words.</summary>
/// <param name="Pattern">What is matched.</param>
/// <param name="Behavior">What becomes of the matches and of what lies between them.</param>
internal sealed record WordSplit(WordPattern Pattern, SplitBehavior Behavior);

/// <summary>Cuts text into the words that the model encodes one by one.</summary>
internal sealed class WordSplitter(IReadOnlyList<WordSplit> splits)
{
    private readonly Lazy<char[]> _standIns = new(() => StandIns(splits));

    /// <summary>Where each word starts and ends, in order.</summary>
    public List<(int Start, int End)> Split(ReadOnlySpan<char> text)
    {
        int[]? offsets = null;
        if (text.ContainsAnyInRange('\uD800', '\uDFFF')) text = OneCharacterEach(text, out offsets);
        List<(int Start, int End)> words = [];
        if (text.Length > 0) words.Add((0, text.Length));
        foreach (var split in splits) words = Split(text, words, split);
        if (offsets is not null)
        {
            for (var i = 0; i < words.Count; i++) words[i] = (offsets[words[i].Start], offsets[words[i].End]);
        }

        return words;
    }

    private static List<(int Start, int End)> Split(ReadOnlySpan<char> text, List<(int Start, int End)> words, WordSplit split)
    {
        var pieces = new List<(int, int)>(words.Count == 1 ? text.Length / 4 + 1 : words.Count);
        try
        {
            foreach (var (start, end) in words) Cut(text, start, end, split, pieces);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new AgentTeamsException($"The tokenizer's expression '{split.Pattern.Regex}' takes too long on a text of {text.Length} characters. Use a "
                + "tokenizer whose expression does not backtrack.", e);
        }

        return pieces;
    }

    private static void Cut(ReadOnlySpan<char> text, int start, int end, WordSplit split, List<(int Start, int End)> pieces)
    {
        var (done, first, afterMatch) = (start, pieces.Count, true);
        foreach (var match in split.Pattern.Regex.EnumerateMatches(text[start..end]))
        {
            var from = start + match.Index;
            if (from > done)
            {
                Between(done, from);
                afterMatch = false;
            }

            done = from + match.Length;
            if (match.Length == 0) continue;
            // Of matches side by side only the one that adjoins other text is merged with it.
            if (split.Behavior == SplitBehavior.MergedWithPrevious && !afterMatch) pieces[^1] = (pieces[^1].Start, done);
            else pieces.Add((from, done));
            afterMatch = true;
        }

        if (end > done) Between(done, end);

        void Between(int from, int to)
        {
            if (split.Behavior == SplitBehavior.MatchesOnly) return;
            // All that stands before text within this word is a match.
            if (split.Behavior == SplitBehavior.MergedWithNext && pieces.Count > first && pieces[^1].End == from) pieces[^1] = (pieces[^1].Start, to);
            else pieces.Add((from, to));
        }
    }

    /// <summary>
    /// The framework matches UTF-16 units, where a surrogate is no letter. So each character beyond U+FFFF is matched as one of the
    /// same category within it.
    /// </summary>
    private char[] OneCharacterEach(ReadOnlySpan<char> text, out int[] offsets)
    {
        var characters = new char[text.Length];
        offsets = new int[text.Length + 1];
        var (count, position) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            characters[count] = rune.IsBmp ? (char)rune.Value : _standIns.Value[(int)Rune.GetUnicodeCategory(rune)];
            offsets[count++] = position;
            position += rune.Utf16SequenceLength;
        }

        offsets[count] = position;
        return characters[..count];
    }

    private static char[] StandIns(IReadOnlyList<WordSplit> splits)
    {
        var named = splits.SelectMany(s => s.Pattern.Named).ToList();
        var standIns = new char[(int)UnicodeCategory.OtherNotAssigned + 1];
        // Not the basic alphabets: expressions may name those characters under another case.
        for (var c = '\u0250'; c < '\uFFFF'; c++)
        {
            ref var standIn = ref standIns[(int)char.GetUnicodeCategory(c)];
            if (standIn == 0 && !named.Exists(n => n.From <= c && c <= n.To)) standIn = c;
        }

        return standIns;
    }
}
