using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Benchmarks.WordProblems;

/// <summary>Answers with the formula of the labelled question whose tf-idf vector has the largest cosine with the asked one's.</summary>
internal sealed class NearestNeighbour
{
    private readonly BagOfWords _words;
    private readonly double[] _idf;
    private readonly List<(Dictionary<int, double> Vector, Formula Formula)> _known;

    public NearestNeighbour(IReadOnlyList<Problem> labelled)
    {
        _words = new BagOfWords(labelled.Select(p => p.Question), bigrams: false);
        var counts = labelled.Select(p => _words.Count(p.Question)).ToList();
        _idf = [.. Enumerable.Range(0, _words.Size).Select(t => Math.Log((1.0 + labelled.Count) / (1 + counts.Count(c => c.ContainsKey(t)))) + 1)];
        _known = [.. counts.Zip(labelled, (c, p) => (Normalize(c), p.Solution))];
    }

    public Formula Predict(Problem problem)
    {
        var asked = Normalize(_words.Count(problem.Question));
        return _known.MaxBy(k => asked.Sum(t => t.Value * k.Vector.GetValueOrDefault(t.Key))).Formula;
    }

    private Dictionary<int, double> Normalize(Dictionary<int, double> counts)
    {
        var weighted = counts.ToDictionary(c => c.Key, c => c.Value * _idf[c.Key]);
        var length = Math.Sqrt(weighted.Values.Sum(v => v * v));
        return weighted.ToDictionary(w => w.Key, w => w.Value / length);
    }
}
