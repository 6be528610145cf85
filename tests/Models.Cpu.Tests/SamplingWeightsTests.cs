namespace AgentTeams.Tests;

/// <summary>Replies sampled in fewer bits than the weights have.</summary>
public sealed class SamplingWeightsTests
{
    [Theory]
    [InlineData(WeightFormat.BFloat16)]
    [InlineData(WeightFormat.Q8)]
    public async Task Generate_FewerBits_GivesTheBitsOfAModelWithTheRoundedWeights(WeightFormat format)
    {
        using var sampled = TinyModel.Create(options: new() { SamplingWeights = format });
        using var rounded = Rounded(format);
        var requests = Enumerable.Range(1, 20).Select(i => TinyModel.Row(i, prompt: i).PromptIds).ToList();
        var expected = await Task.WhenAll(requests.Select(ids => TinyModel.Generate(rounded, rounded.Base, ids, 10, 1, [])));
        var together = await Task.WhenAll(requests.Select(ids => TinyModel.Generate(sampled, sampled.Base, ids, 10, 1, [])));
        for (var i = 0; i < requests.Count; i++)
        {
            var alone = await TinyModel.Generate(sampled, sampled.Base, requests[i], 10, 1, []);
            Assert.Equal(expected[i].Ids, together[i].Ids);
            Assert.Equal(expected[i].LogProbs, together[i].LogProbs);
            Assert.Equal(expected[i].LogProbs, alone.LogProbs);
        }
    }

    [Theory]
    [InlineData(WeightFormat.BFloat16, 0.01)]
    [InlineData(WeightFormat.Q8, 0.01)]
    public async Task Score_FewerBitsSampled_IsThatOfTheWeightsThemselves(WeightFormat format, double tolerance)
    {
        using var stored = TinyModel.Create();
        using var sampled = TinyModel.Create(options: new() { SamplingWeights = format });
        var row = TinyModel.Row(1);
        var reply = await TinyModel.Generate(sampled, sampled.Base, row.PromptIds, 10, 1, []);
        var scores = await sampled.ScoreAsync(sampled.Base, [row with { CompletionIds = reply.Ids }]);
        Assert.Equal(await stored.ScoreAsync(stored.Base, [row with { CompletionIds = reply.Ids }]), scores, (a, b) => a.LogProbs.AsSpan().SequenceEqual(b.LogProbs));
        Assert.NotEqual(reply.LogProbs, scores[0].LogProbs);
        Assert.All(reply.LogProbs.Zip(scores[0].LogProbs), p => Assert.Equal(p.Second, p.First, tolerance));
        Assert.Equal(Reproducibility.Tolerant, sampled.Reproducibility);
        Assert.NotEqual(stored.SamplingFingerprint, sampled.SamplingFingerprint);
    }

    [Fact]
    public async Task Apply_FewerBitsSampled_SamplesWithTheNewWeightsAndTrainsAsWithoutThem()
    {
        using var stored = TinyModel.Create();
        using var sampled = TinyModel.Create(options: new() { SamplingWeights = WeightFormat.Q8 });
        var prompt = TinyModel.Row(1).PromptIds;
        var before = await TinyModel.Generate(sampled, sampled.Base, prompt, 10, 1, []);
        var snapshot = await sampled.SnapshotAsync(sampled.Base);
        var scores = await stored.ScoreAsync(stored.Base, [TinyModel.Row(3)]);
        foreach (var model in new[] { stored, sampled })
        {
            await model.AccumulateAsync(model.Base, [TinyModel.Row(1), TinyModel.Row(2)], new NegativeLogLikelihood());
            await model.ApplyAsync(model.Base, new AdamWOptions { LearningRate = 0.01 });
        }

        Assert.Equal(await stored.WeightsHashAsync(), await sampled.WeightsHashAsync());
        Assert.NotEqual(before.LogProbs, (await TinyModel.Generate(sampled, sampled.Base, prompt, 10, 1, [])).LogProbs);
        Assert.Equal(scores[0].LogProbs, (await snapshot.ScoreAsync([TinyModel.Row(3)]))[0].LogProbs);
    }

    [Fact]
    public void Refresh_WeightBeyondTheFormat_NamesTheTensor()
    {
        using var model = TinyModel.Create(options: new() { SamplingWeights = WeightFormat.Q8 });
        var set = model.ParametersOf(model.Base);
        set.ValuesOf(set.Views.Single(v => v.Name.EndsWith("0.self_attn.q_proj.weight", StringComparison.Ordinal)))[3] = 1e9f;
        var error = Assert.Throws<AgentTeamsException>(() => model.Repack(model.Base));
        Assert.Contains("layers.0.self_attn.q_proj.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("SamplingWeights", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_UnknownFormat_IsRefused() =>
        Assert.Contains("SamplingWeights", Assert.Throws<AgentTeamsException>(() => TinyModel.Create(options: new() { SamplingWeights = (WeightFormat)7 })).Message,
            StringComparison.Ordinal);

    private static LocalLanguageModel Rounded(WeightFormat format)
    {
        var model = TinyModel.Create();
        var set = model.ParametersOf(model.Base);
        foreach (var view in set.Views.Where(v => v.IsMatrix && v.Name != "model.embed_tokens.weight"))
        {
            var values = set.ValuesOf(view);
            for (var at = 0; at < values.Length; at += view.Shape[1]) Round(values.Slice(at, view.Shape[1]), format);
        }

        model.Repack(model.Base);
        return model;
    }

    // Rows of 32, 44 or 48 values: the last block of a row may be part of one.
    private static void Round(Span<float> row, WeightFormat format)
    {
        for (var at = 0; at < row.Length; at += 32)
        {
            var block = row[at..Math.Min(row.Length, at + 32)];
            var scale = 0f;
            foreach (var value in block) scale = Math.Max(scale, Math.Abs(value) / 127);
            foreach (ref var value in block)
                value = format == WeightFormat.Q8 ? (float)(Half)scale * MathF.Round(value / scale) : BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) + 0x7FFF + (BitConverter.SingleToUInt32Bits(value) >> 16 & 1) & 0xFFFF0000);
        }
    }
}
