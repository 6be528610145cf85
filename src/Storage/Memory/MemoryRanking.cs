namespace AgentTeams.Storage;

/// <summary>How well entries fit a query: the same for every store, and a function of the entries of the version that is read alone.</summary>
internal static class MemoryRanking
{
    private const double K1 = 1.2;
    private const double B = 0.75;

    /// <summary>The words of a text: runs of letters and digits, in lower case.</summary>
    public static List<string> Words(string text)
    {
        var words = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            while (at < text.Length && char.IsLetterOrDigit(text[at])) at++;
            if (at > start) words.Add(text[start..at].ToLowerInvariant());
            else at++;
        }

        return words;
    }

    /// <summary>What the words of an entry are: its key's and its text's.</summary>
    public static string TextOf(MemoryEntry entry) => entry.Key.Length == 0 ? entry.Text : $"{entry.Key} {entry.Text}";

    /// <summary>The best entries.</summary>
    /// <param name="query">What is looked for.</param>
    /// <param name="candidates">The entries that may be found: with words in the query, all that hold one of them.</param>
    /// <param name="count">How many entries the version has that the query's kind and keys allow.</param>
    /// <param name="meanWords">Their mean number of words.</param>
    public static IReadOnlyList<MemoryEntry> Best(MemoryQuery query, IReadOnlyList<MemoryEntry> candidates, int count, double meanWords)
    {
        var scores = !query.Embedding.IsEmpty ? [.. candidates.Select(c => Cosine(query, c))]
            : query.Text.Length > 0 ? Bm25(Words(query.Text).Distinct(StringComparer.Ordinal).ToList(), candidates, count, meanWords)
            : candidates.Select(_ => 1.0).ToArray();
        return [.. candidates.Zip(scores).Where(c => c.Second > 0).OrderByDescending(c => c.Second).ThenByDescending(c => c.First.Version).Take(query.Limit).Select(c => c.First)];
    }

    private static double Cosine(MemoryQuery query, MemoryEntry entry)
    {
        if (entry.Embedding.IsEmpty) return 0;
        if (entry.Embedding.Length != query.Embedding.Length)
            throw new AgentTeamsException($"The memory's entry '{entry.Id}' has an embedding of {entry.Embedding.Length} numbers and the query one of {query.Embedding.Length}. Use one embedding generator for a memory.");
        var (product, own, asked) = (0.0, 0.0, 0.0);
        for (var i = 0; i < entry.Embedding.Length; i++)
        {
            product += (double)entry.Embedding[i] * query.Embedding[i];
            own += (double)entry.Embedding[i] * entry.Embedding[i];
            asked += (double)query.Embedding[i] * query.Embedding[i];
        }

        return own == 0 || asked == 0 ? 0 : product / Math.Sqrt(own * asked);
    }

    // Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", with the inverse document frequency that is never negative.
    private static double[] Bm25(List<string> words, IReadOnlyList<MemoryEntry> candidates, int count, double meanWords)
    {
        var texts = candidates.Select(c => Words(TextOf(c))).ToList();
        var scores = new double[candidates.Count];
        foreach (var word in words)
        {
            var times = texts.Select(t => t.Count(w => w == word)).ToList();
            var holders = times.Count(t => t > 0);
            var rarity = Math.Log(1 + ((count - holders + 0.5) / (holders + 0.5)));
            for (var i = 0; i < scores.Length; i++)
                scores[i] += rarity * times[i] * (K1 + 1) / (times[i] + (K1 * (1 - B + (B * texts[i].Count / Math.Max(meanWords, 1)))));
        }

        return scores;
    }
}
