using System.Text;

namespace AgentTeams.Models;

/// <summary>Learns a byte-level BPE vocabulary from text (Sennrich et al. 2016, section 3.2), for models that start from random weights.</summary>
public static class BpeTrainer
{
    /// <summary>Learns merges until the vocabulary is full or no pair occurs twice. Ties go to the ordinally smaller pair.</summary>
    /// <param name="texts">Training text only: what is held out must not be seen here either.</param>
    /// <param name="vocabularySize">The size of the vocabulary, special tokens and whole words included.</param>
    /// <param name="specialTokens">Control tokens; they get the first ids, in this order.</param>
    /// <param name="wholeWords">
    /// Words that are one token wherever they stand by themselves, and another one with the space before them; within longer words they
    /// are not looked for.
    /// </param>
    /// <exception cref="AgentTeamsException">
    /// The vocabulary size cannot hold the bytes, the special tokens and both forms of the whole words, or a word or token is malformed.
    /// </exception>
    public static Tokenizer Train(IEnumerable<string> texts, int vocabularySize, IReadOnlyList<string> specialTokens, IReadOnlyList<string> wholeWords)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(specialTokens);
        ArgumentNullException.ThrowIfNull(wholeWords);
        var words = new WholeWords(wholeWords, specialTokens);
        var vocabulary = FirstPieces(specialTokens, words);
        var size = vocabulary.Count + specialTokens.Count;
        if (vocabularySize < size)
            throw new AgentTeamsException($"The vocabulary size {vocabularySize} cannot hold 256 bytes, {specialTokens.Count} special tokens and "
                + $"{wholeWords.Count} whole words with and without a space. Give at least {size}.");

        // A piece that reads like a word or a special token would stand for it inside other words.
        var reserved = words.Pieces.Concat(specialTokens).ToHashSet(StringComparer.Ordinal);
        var counted = CountWords(texts, words, reserved);
        var merges = new List<(string, string)>();
        var known = new HashSet<(string, string)>();
        while (vocabulary.Count + specialTokens.Count < vocabularySize && MostFrequentPair(counted, reserved) is { } pair)
        {
            // A pair comes back when other merges rebuild one of its halves.
            if (known.Add(pair)) merges.Add(pair);
            vocabulary.TryAdd(pair.Item1 + pair.Item2, specialTokens.Count + vocabulary.Count);
            foreach (var (parts, _) in counted) Join(parts, pair);
        }

        return new Tokenizer(vocabulary, merges, [.. specialTokens.Select((t, i) => new AddedToken(t, i, Special: true, StripLeft: false))], words.Pattern,
            ignoreMerges: wholeWords.Count > 0);
    }

    // The words, then all bytes; a word of one byte is that byte.
    private static Dictionary<string, int> FirstPieces(IReadOnlyList<string> specialTokens, WholeWords words)
    {
        List<string> bytes = [.. Enumerable.Range(0, 256).Select(b => ByteAlphabet.ToChar((byte)b).ToString())];
        if (specialTokens.FirstOrDefault(t => t.Length == 0 || bytes.Contains(t)) is { } one)
            throw new AgentTeamsException($"The special token '{one}' is empty or reads like the piece of a byte. Give it more characters.");
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var piece in words.Pieces.Except(bytes).Concat(bytes)) vocabulary.Add(piece, specialTokens.Count + vocabulary.Count);
        return vocabulary;
    }

    private static List<(List<string> Parts, int Count)> CountWords(IEnumerable<string> texts, WholeWords wholeWords, HashSet<string> reserved)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var splitter = new WordSplitter(TokenizerFile.TrainedStages(wholeWords.Pattern).Splits);
        foreach (var text in texts)
        {
            foreach (var (start, end) in splitter.Split(text)) counts[text[start..end]] = counts.GetValueOrDefault(text[start..end]) + 1;
        }

        return [.. counts.Select(p => (Piece: ByteAlphabet.Encode(Encoding.UTF8.GetBytes(p.Key)), p.Value)).Where(p => !reserved.Contains(p.Piece))
            .Select(p => (p.Piece.Select(c => c.ToString()).ToList(), p.Value))];
    }

    private static (string, string)? MostFrequentPair(List<(List<string> Parts, int Count)> words, HashSet<string> reserved)
    {
        var pairs = new Dictionary<(string, string), int>();
        foreach (var (parts, count) in words)
        {
            for (var i = 0; i + 1 < parts.Count; i++)
                pairs[(parts[i], parts[i + 1])] = pairs.GetValueOrDefault((parts[i], parts[i + 1])) + count;
        }

        (string, string)? best = null;
        var most = 1;
        foreach (var (pair, count) in pairs)
        {
            if (count < most || reserved.Contains(pair.Item1 + pair.Item2)) continue;
            if (count > most || (count == most && best is { } b && Compare(pair, b) < 0)) (best, most) = (pair, count);
        }

        return best;
    }

    private static int Compare((string, string) a, (string, string) b)
    {
        var first = string.CompareOrdinal(a.Item1, b.Item1);
        return first != 0 ? first : string.CompareOrdinal(a.Item2, b.Item2);
    }

    private static void Join(List<string> parts, (string, string) pair)
    {
        for (var i = 0; i + 1 < parts.Count; i++)
        {
            if (parts[i] != pair.Item1 || parts[i + 1] != pair.Item2) continue;
            parts[i] += parts[i + 1];
            parts.RemoveAt(i + 1);
        }
    }
}
