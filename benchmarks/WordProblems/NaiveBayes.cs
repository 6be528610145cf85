using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Benchmarks.WordProblems;

/// <summary>Multinomial naive Bayes over formulas, with add-one smoothing.</summary>
internal sealed class NaiveBayes
{
    private readonly FormulaClasses _classes;
    private readonly BagOfWords _words;
    private readonly double[] _prior;
    private readonly double[][] _likelihood;

    public NaiveBayes(IReadOnlyList<Problem> labelled, FormulaClasses classes)
    {
        _classes = classes;
        _words = new BagOfWords(labelled.Select(p => p.Question), bigrams: false);
        var counts = labelled.Select(p => _words.Count(p.Question)).ToList();
        _prior = new double[classes.Formulas.Count];
        _likelihood = [.. classes.Formulas.Select(_ => Enumerable.Repeat(1.0, _words.Size).ToArray())];
        for (var i = 0; i < counts.Count; i++)
        {
            _prior[classes.Labels[i]]++;
            foreach (var (term, count) in counts[i]) _likelihood[classes.Labels[i]][term] += count;
        }

        for (var c = 0; c < _prior.Length; c++)
        {
            _prior[c] = Math.Log(_prior[c] / labelled.Count);
            var total = _likelihood[c].Sum();
            for (var t = 0; t < _words.Size; t++) _likelihood[c][t] = Math.Log(_likelihood[c][t] / total);
        }
    }

    public Formula Predict(Problem problem)
    {
        var counts = _words.Count(problem.Question);
        var best = Enumerable.Range(0, _prior.Length).MaxBy(c => _prior[c] + counts.Sum(t => t.Value * _likelihood[c][t.Key]));
        return _classes.Formulas[best];
    }
}
