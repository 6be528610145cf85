namespace AgentTeams.Tests;

/// <summary>Partial selection against sorting, and the log-softmax of what is left.</summary>
public sealed class TruncationTests
{
    [Theory]
    [InlineData(0, 0.9f, 0f, 1f)]
    [InlineData(0, 0.3f, 0f, 0.5f)]
    [InlineData(0, 0.9999f, 0f, 2f)]
    [InlineData(1, 1f, 0f, 1f)]
    [InlineData(40, 1f, 0f, 1f)]
    [InlineData(5000, 1f, 0f, 1f)]
    [InlineData(0, 1f, 0.05f, 1f)]
    [InlineData(0, 1f, 1f, 1f)]
    [InlineData(40, 0.8f, 0.02f, 1.3f)]
    [InlineData(3, 1e-6f, 0f, 1f)]
    public void Apply_RandomLogitsWithTies_KeepsWhatSortingKeeps(int topK, float topP, float minP, float temperature)
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var logits = new float[seed % 3 == 0 ? 1003 : 50 + seed];
            for (var i = 0; i < logits.Length; i++)
                logits[i] = random.Next(5) == 0 ? float.NegativeInfinity : seed % 2 == 0 ? random.Next(-3, 4) : 8 * (random.NextSingle() - 0.5f);
            logits[seed % logits.Length] = 1;
            var truncation = new Truncation(topK, topP, minP);
            var expected = Reference(logits, truncation, temperature);
            var possible = logits.Count(l => !float.IsNegativeInfinity(l));
            var masked = (float[])logits.Clone();
            int[] kept = [.. truncation.Apply(masked, 1 / temperature, SamplingScratch.For(logits.Length))];
            Assert.Equal(expected.Count == possible ? [] : expected, kept);
            for (var id = 0; id < logits.Length; id++) Assert.Equal(expected.Contains(id) ? logits[id] : float.NegativeInfinity, masked[id]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(64)]
    [InlineData(1003)]
    public void LogSoftmax_RuledOutIds_HaveNoShare(int size)
    {
        var random = new Random(size);
        var kept = Enumerable.Range(0, size).Where(i => i == size - 1 || random.Next(3) == 0).ToArray();
        var logits = new float[size];
        Array.Fill(logits, float.NegativeInfinity);
        foreach (var id in kept) logits[id] = 4 * random.NextSingle();
        var probabilities = new float[size];
        var (logProb, entropy) = LogSoftmax.Probabilities(logits, kept[0], 1.25f, probabilities);

        var sum = kept.Sum(id => Math.Exp(logits[id] * 1.25));
        var exact = kept.ToDictionary(id => id, id => Math.Exp(logits[id] * 1.25) / sum);
        for (var id = 0; id < size; id++) Assert.Equal(exact.GetValueOrDefault(id), probabilities[id], 1e-5);
        Assert.Equal(Math.Log(exact[kept[0]]), logProb, 1e-5);
        Assert.Equal(-exact.Values.Sum(p => p * Math.Log(p)), entropy, 1e-4);
        Assert.Equal(logProb, LogSoftmax.Of(logits, kept[0], 1.25f));
    }

    private static List<int> Reference(float[] logits, Truncation truncation, float temperature)
    {
        var sorted = Enumerable.Range(0, logits.Length).Where(id => !float.IsNegativeInfinity(logits[id])).OrderByDescending(id => logits[id]).ThenBy(id => id).ToList();
        if (truncation.TopK > 0) sorted = [.. sorted.Take(truncation.TopK)];
        var weights = sorted.ConvertAll(id => Math.Exp((logits[id] - (double)logits[sorted[0]]) / temperature));
        var target = truncation.TopP * weights.Sum();
        var kept = truncation.TopP < 1 ? 1 : sorted.Count;
        for (var mass = weights[0]; truncation.TopP < 1 && mass < target && kept < sorted.Count; kept++) mass += weights[kept];
        return [.. sorted.Take(kept).Where((_, i) => truncation.MinP == 0 || weights[i] >= truncation.MinP * (1 - 1e-6)).Order()];
    }
}
