using System.Text;

namespace AgentTeams.Models;

/// <summary>
/// Words that a trained tokenizer never takes apart: each is a piece of its own, and another one with a space before it, so that
/// decoding loses nothing. The expression that cuts text isolates them, but not within longer words, which are letters with their
/// marks, and for words that begin or end in one, digits.
/// </summary>
internal sealed class WholeWords
{
    private const string WordCharacter = @"[\p{L}\p{M}\p{N}_]";
    private readonly string _any;

    /// <exception cref="AgentTeamsException">A word is empty, listed twice, a special token or set off by white space, or cannot be looked for.</exception>
    public WholeWords(IReadOnlyList<string> words, IReadOnlyList<string> specialTokens)
    {
        var known = specialTokens.ToHashSet(StringComparer.Ordinal);
        foreach (var word in words)
        {
            if (word.Length == 0 || word.Trim().Length < word.Length)
            {
                throw new AgentTeamsException($"The whole word '{word}' is empty or begins or ends with white space. Give it without; the space before it "
                    + "belongs to it anyway.");
            }

            if (!known.Add(word)) throw new AgentTeamsException($"The whole word '{word}' is given twice, or is a special token. Give it once.");
        }

        _any = string.Join('|', words.OrderByDescending(w => w.Length).ThenBy(w => w, StringComparer.Ordinal).Select(Bounded));
        Pieces = [.. words.Select(Piece), .. words.Select(w => Piece(" " + w))];
        Pattern = words.Count == 0
            ? Tokenizer.DefaultPattern
            : $@" ?(?:{_any})|(?i:'s|'t|'re|'ve|'m|'ll|'d)|(?![^\r\n\p{{L}}\p{{N}}](?:{_any}))[^\r\n\p{{L}}\p{{N}}]?\p{{L}}[\p{{L}}\p{{M}}]*|\p{{N}}|"
                + $@" ?(?:(?!{_any})[^\s\p{{L}}\p{{N}}])+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
        try
        {
            WordPattern.Parse(Pattern);
        }
        catch (FormatException e)
        {
            throw new AgentTeamsException($"The whole words cannot be looked for: {e.Message}. Leave out the word that holds it.", e);
        }
    }

    /// <summary>The pieces of the words, first without and then with a space, in the byte alphabet.</summary>
    public IReadOnlyList<string> Pieces { get; }

    /// <summary>The expression that cuts text; the default one where there are no words.</summary>
    public string Pattern { get; }

    private static string Piece(string text) => ByteAlphabet.Encode(Encoding.UTF8.GetBytes(text));

    private static string Bounded(string word)
    {
        var escaped = string.Concat(word.Select(c => char.IsAsciiLetterOrDigit(c) || c > 0x7F ? c.ToString() : c == ' ' ? " " : "\\" + c));
        return (IsWord(word[0]) ? $"(?<!{WordCharacter})" : "") + escaped + (IsWord(word[^1]) ? $"(?!{WordCharacter})" : "");
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';
}
