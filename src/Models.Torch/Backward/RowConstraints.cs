namespace AgentTeams.Models.Torch;

/// <summary>
/// Grammars, truncation and repetition penalties of recorded completions. They are worked out on the CPU by the code that sampling
/// uses, and only for tokens that have any.
/// </summary>
/// <param name="rows">The rows of a micro-batch.</param>
/// <param name="distributionOf">What narrowed a row's distribution, or null.</param>
internal sealed class RowConstraints(IReadOnlyList<TrainingRow> rows, Func<TrainingRow, ConstrainedDistribution?> distributionOf)
{
    private readonly List<(ConstrainedDistribution Distribution, int Position, int Token)> _tokens = Find(rows, distributionOf);

    /// <summary>The logits that tokens were sampled from; the temperature is left out.</summary>
    /// <param name="logits">The model's, [tokens, vocabulary].</param>
    /// <param name="first">Which token of the micro-batch the first is.</param>
    public Tensor Apply(Tensor logits, int first)
    {
        var count = (int)logits.shape[0];
        var here = _tokens.Where(t => t.Token >= first && t.Token < first + count).ToList();
        if (here.Count == 0) return logits;
        var vocabulary = (int)logits.shape[1];
        var at = TensorData.Integers([.. here.Select(t => (long)t.Token - first)], logits.device);
        var (constrained, factors) = (TensorData.ToArray(logits.index_select(0, at)), new float[here.Count * vocabulary]);
        Array.Fill(factors, 1f);
        for (var i = 0; i < here.Count; i++)
        {
            var row = constrained.AsSpan(i * vocabulary, vocabulary);
            here[i].Distribution.Apply(row, here[i].Position);
            foreach (var (id, factor) in here[i].Distribution.Derivatives(row, here[i].Position)) factors[i * vocabulary + id] = factor;
        }

        // What is left of a logit is a multiple of it, or nothing; both as tensors let autograd see it.
        var excluded = TensorData.Floats(constrained, logits.device).view(here.Count, vocabulary).isneginf();
        var narrowed = (logits.index_select(0, at) * TensorData.Floats(factors, logits.device).view(here.Count, vocabulary))
            .masked_fill(excluded, float.NegativeInfinity);
        return logits.index_copy(0, at, narrowed);
    }

    private static List<(ConstrainedDistribution, int, int)> Find(IReadOnlyList<TrainingRow> rows, Func<TrainingRow, ConstrainedDistribution?> distributionOf)
    {
        var tokens = new List<(ConstrainedDistribution, int, int)>();
        var first = 0;
        foreach (var row in rows)
        {
            if (distributionOf(row) is { } distribution)
            {
                for (var t = 0; t < row.CompletionIds.Length; t++) tokens.Add((distribution, t, first + t));
            }

            first += row.CompletionIds.Length;
        }

        return tokens;
    }
}
