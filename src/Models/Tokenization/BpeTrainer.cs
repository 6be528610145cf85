using System.Text;
using System.Text.RegularExpressions;

namespace AgentTeams;

/// <summary>Learns a byte-level BPE vocabulary from text (Sennrich et al. 2016, section 3.2), for models that start from random weights.</summary>
public static class BpeTrainer
{
    /// <summary>Learns merges until the vocabulary is full or no pair occurs twice. Ties go to the ordinally smaller pair.</summary>
    /// <param name="texts">Training text only: what is held out must not be seen here either.</param>
    /// <param name="vocabularySize">The size of the vocabulary, added tokens included; at least 256 and the added tokens.</param>
    /// <param name="specialTokens">Control tokens; they get the first ids, in this order.</param>
    /// <param name="wholeWords">Words that are always one token, with or without a space before them.</param>
    /// <exception cref="AgentTeamsException">The vocabulary size cannot hold the bytes and the added tokens.</exception>
    public static Tokenizer Train(IEnumerable<string> texts, int vocabularySize, IReadOnlyList<string> specialTokens, IReadOnlyList<string> wholeWords)
    {
        var added = specialTokens.Select((t, i) => new AddedToken(t, i, Special: true, StripLeft: false))
            .Concat(wholeWords.Select((t, i) => new AddedToken(t, specialTokens.Count + i, Special: false, StripLeft: true))).ToList();
        if (vocabularySize < added.Count + 256)
            throw new AgentTeamsException($"The vocabulary size {vocabularySize} cannot hold 256 bytes and {added.Count} added tokens. Give at least {added.Count + 256}.");
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var b = 0; b < 256; b++) vocabulary[ByteAlphabet.ToChar((byte)b).ToString()] = added.Count + b;

        var words = CountWords(texts, wholeWords);
        var merges = new List<(string, string)>();
        var known = new HashSet<(string, string)>();
        while (vocabulary.Count + added.Count < vocabularySize && MostFrequentPair(words) is { } pair)
        {
            // A pair comes back when other merges rebuild one of its halves.
            if (known.Add(pair)) merges.Add(pair);
            vocabulary.TryAdd(pair.Item1 + pair.Item2, added.Count + vocabulary.Count);
            foreach (var (parts, _) in words) Join(parts, pair);
        }

        return new Tokenizer(vocabulary, merges, added, Tokenizer.DefaultPattern);
    }

    private static List<(List<string> Parts, int Count)> CountWords(IEnumerable<string> texts, IReadOnlyList<string> wholeWords)
    {
        var skip = wholeWords.ToHashSet(StringComparer.Ordinal);
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var splitter = new WordSplitter(TokenizerFile.TrainedStages(Tokenizer.DefaultPattern).Splits);
        var remove = wholeWords.Count == 0 ? null : new Regex(string.Join('|', wholeWords.OrderByDescending(w => w.Length).Select(w => @"\s*" + Regex.Escape(w))));
        foreach (var text in texts)
        {
            var rest = remove?.Replace(text, "\n") ?? text;
            foreach (var (start, end) in splitter.Split(rest))
                counts[rest[start..end]] = counts.GetValueOrDefault(rest[start..end]) + 1;
        }

        return [.. counts.Select(p => (ByteAlphabet.Encode(Encoding.UTF8.GetBytes(p.Key)).Select(c => c.ToString()).ToList(), p.Value))];
    }

    private static (string, string)? MostFrequentPair(List<(List<string> Parts, int Count)> words)
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
