using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Benchmarks.WordProblems;

/// <summary>Multinomial logistic regression over formulas, fitted by full-batch gradient descent with momentum and a small L2 penalty.</summary>
internal sealed class LogisticRegression
{
    private const int Iterations = 600;
    private const double LearningRate = 0.5;
    private const double Momentum = 0.9;
    private const double Penalty = 1e-4;

    private readonly FormulaClasses _classes;
    private readonly BagOfWords _words;
    private readonly double[][] _weights;

    public LogisticRegression(IReadOnlyList<Problem> labelled, FormulaClasses classes, bool bigrams)
    {
        _classes = classes;
        _words = new BagOfWords(labelled.Select(p => p.Question), bigrams);
        _weights = Zeros();
        var rows = labelled.Select(p => Features(p.Question)).ToList();
        var velocity = Zeros();
        for (var i = 0; i < Iterations; i++) Step(rows, velocity);
    }

    public Formula Predict(Problem problem)
    {
        var scores = Scores(Features(problem.Question));
        return _classes.Formulas[Array.IndexOf(scores, scores.Max())];
    }

    private double[][] Zeros() => [.. _classes.Formulas.Select(_ => new double[_words.Size + 1])];

    // Rows of length one keep the step size independent of how long questions are; the last feature is the bias.
    private (int Term, double Value)[] Features(string question)
    {
        var counts = _words.Count(question);
        var length = Math.Sqrt(counts.Values.Sum(v => v * v));
        return [.. counts.Select(c => (c.Key, c.Value / length)), (_words.Size, 1)];
    }

    private void Step(List<(int Term, double Value)[]> rows, double[][] velocity)
    {
        var gradient = Zeros();
        for (var r = 0; r < rows.Count; r++)
        {
            var probabilities = Softmax(Scores(rows[r]));
            probabilities[_classes.Labels[r]] -= 1;
            for (var c = 0; c < gradient.Length; c++)
                foreach (var (term, value) in rows[r]) gradient[c][term] += probabilities[c] * value / rows.Count;
        }

        for (var c = 0; c < gradient.Length; c++)
        {
            for (var t = 0; t < gradient[c].Length; t++)
            {
                velocity[c][t] = Momentum * velocity[c][t] - LearningRate * (gradient[c][t] + Penalty * _weights[c][t]);
                _weights[c][t] += velocity[c][t];
            }
        }
    }

    private double[] Scores((int Term, double Value)[] row)
    {
        var scores = new double[_weights.Length];
        for (var c = 0; c < scores.Length; c++)
            foreach (var (term, value) in row) scores[c] += _weights[c][term] * value;
        return scores;
    }

    private static double[] Softmax(double[] scores)
    {
        var max = scores.Max();
        var exp = Array.ConvertAll(scores, s => Math.Exp(s - max));
        var sum = exp.Sum();
        return Array.ConvertAll(exp, e => e / sum);
    }
}
