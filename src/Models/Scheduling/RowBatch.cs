namespace AgentTeams.Models;

/// <summary>
/// One micro-batch: the rows that go through the model, and the samples that a loss sees. Equal samples share a row; the loss
/// judges each of them, and their gradients add up before they go back.
/// </summary>
/// <param name="all">The rows of the whole batch.</param>
/// <param name="units">The units of this micro-batch.</param>
internal sealed class RowBatch(IReadOnlyList<TrainingRow> all, IReadOnlyList<RowUnit> units)
{
    private readonly SharedRow[] _shared = [.. units.SelectMany(u => u.Rows)];

    /// <summary>The rows to compute.</summary>
    public List<TrainingRow> Rows { get; } = [.. units.SelectMany(u => u.Rows).Select(r => r.Row)];

    /// <summary>The places of the samples in the whole batch, row by row.</summary>
    public IEnumerable<int> Samples => _shared.SelectMany(s => s.Samples);

    /// <summary>Fills in the scores of all samples from those of the rows.</summary>
    public void Spread(IReadOnlyList<TokenScores> scores, TokenScores[] samples)
    {
        for (var r = 0; r < _shared.Length; r++)
        {
            foreach (var i in _shared[r].Samples) samples[i] = scores[r];
        }
    }

    /// <summary>The loss of all samples, and its gradient by row.</summary>
    public TokenLossResult Judge(ITokenLoss loss, IReadOnlyList<TokenScores> scores, out List<TokenGradient> gradients)
    {
        var samples = _shared.SelectMany((s, r) => s.Samples.Select(i => (Row: all[i], Scores: scores[r]))).ToList();
        var each = samples.ConvertAll(s =>
            new TokenGradient(new float[s.Scores.LogProbs.Length], new float[s.Scores.Entropies.Length], new float[s.Scores.Values.Length]));
        var result = loss.Evaluate(samples.ConvertAll(s => s.Row), samples.ConvertAll(s => s.Scores), each);
        gradients = new List<TokenGradient>(_shared.Length);
        var at = 0;
        foreach (var shared in _shared)
        {
            gradients.Add(Sum(each.GetRange(at, shared.Samples.Count)));
            at += shared.Samples.Count;
        }

        return result;
    }

    private static TokenGradient Sum(List<TokenGradient> equal) => equal.Count == 1
        ? equal[0]
        : new(Sum(equal, g => g.LogProbs), Sum(equal, g => g.Entropies), Sum(equal, g => g.Values));

    private static float[] Sum(List<TokenGradient> equal, Func<TokenGradient, float[]> part)
    {
        var sums = new double[part(equal[0]).Length];
        foreach (var gradient in equal)
        {
            var values = part(gradient);
            for (var t = 0; t < sums.Length; t++) sums[t] += values[t];
        }

        return Array.ConvertAll(sums, s => (float)s);
    }
}
