namespace AgentTeams.Benchmarks.WordProblems;

/// <summary>Counts of a question's words, optionally of its pairs of neighbouring words too. Words that training lacks do not count.</summary>
internal sealed class BagOfWords
{
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private readonly bool _bigrams;

    /// <param name="questions">The text that decides which words exist.</param>
    /// <param name="bigrams">Whether pairs count.</param>
    public BagOfWords(IEnumerable<string> questions, bool bigrams)
    {
        _bigrams = bigrams;
        foreach (var term in questions.SelectMany(Terms)) _index.TryAdd(term, _index.Count);
    }

    public int Size => _index.Count;

    /// <summary>How often each term occurs, by the term's index; absent terms are left out.</summary>
    public Dictionary<int, double> Count(string question)
    {
        var counts = new Dictionary<int, double>();
        foreach (var term in Terms(question))
        {
            if (_index.TryGetValue(term, out var i)) counts[i] = counts.GetValueOrDefault(i) + 1;
        }

        return counts;
    }

    private IEnumerable<string> Terms(string question)
    {
        var words = question.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return _bigrams ? words.Concat(words.Zip(words.Skip(1), (a, b) => $"{a} {b}")) : words;
    }
}
