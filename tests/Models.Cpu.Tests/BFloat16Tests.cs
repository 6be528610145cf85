namespace AgentTeams.Tests;

/// <summary>Weights that stay in 16 bits while they are only read.</summary>
public sealed class BFloat16Tests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Load_BFloat16_GivesTheBitsOfTheSameWeightsInFloat32()
    {
        using var half = LoadHalf();
        using var whole = LoadHalf();
        Assert.True(half.ParametersOf(half.Base).IsHalf);
        whole.ParametersOf(whole.Base).Widen();
        whole.Repack(whole.Base);
        Assert.Equal(whole.Logits(whole.Base, [5, 6, 7, 8]), half.Logits(half.Base, [5, 6, 7, 8]));
        foreach (var prompt in new[] { 1, 5, 20 })
        {
            var ids = TinyModel.Row(prompt, prompt).PromptIds;
            var expected = await TinyModel.Generate(whole, whole.Base, ids, 10, 1, []);
            var actual = await TinyModel.Generate(half, half.Base, ids, 10, 1, []);
            Assert.Equal(expected.Ids, actual.Ids);
            Assert.Equal(expected.LogProbs, actual.LogProbs);
        }
    }

    [Fact]
    public void Accumulate_AdapterOnBFloat16_GivesTheGradientOfFloat32AndKeepsTheStorage()
    {
        using var half = LoadHalf();
        using var whole = LoadHalf();
        whole.ParametersOf(whole.Base).Widen();
        whole.Repack(whole.Base);
        var gradients = new[] { half, whole }.Select(model =>
        {
            var policy = model.AddAdapter("a", new SeedKey(3));
            model.AccumulateAsync(policy, [TinyModel.Row(1), TinyModel.Row(2)], new NegativeLogLikelihood()).Now();
            model.ApplyAsync(policy, new AdamWOptions()).Now();
            model.AccumulateAsync(policy, [TinyModel.Row(3)], new NegativeLogLikelihood(0.1f)).Now();
            return model.ParametersOf(policy).GradientSpan.ToArray();
        }).ToList();
        Assert.Equal(gradients[1], gradients[0]);
        Assert.True(half.ParametersOf(half.Base).IsHalf);
    }

    [Fact]
    public void Accumulate_BaseInBFloat16_IsTrainedInFloat32()
    {
        using var model = LoadHalf();
        var before = model.Logits(model.Base, [5, 6, 7]);
        model.AccumulateAsync(model.Base, [TinyModel.Row(1)], new NegativeLogLikelihood()).Now();
        Assert.Equal(before, model.Logits(model.Base, [5, 6, 7]));
        model.ApplyAsync(model.Base, new AdamWOptions()).Now();
        Assert.False(model.ParametersOf(model.Base).IsHalf);
        Assert.NotEqual(before, model.Logits(model.Base, [5, 6, 7]));
    }

    [Fact]
    public void SavePretrained_BFloat16_StaysBFloat16()
    {
        using var model = LoadHalf();
        var copy = Path.Combine(_folder, "copy");
        model.SavePretrained(copy);
        Assert.Contains("\"torch_dtype\": \"bfloat16\"", File.ReadAllText(Path.Combine(copy, "config.json")), StringComparison.Ordinal);
        using var loaded = CpuLanguageModel.Load("copy", copy);
        Assert.Equal(model.WeightsHashAsync().Now(), loaded.WeightsHashAsync().Now());
        Assert.True(loaded.ParametersOf(loaded.Base).IsHalf);
    }

    private LocalLanguageModel LoadHalf()
    {
        var folder = Path.Combine(_folder, "half");
        if (!Directory.Exists(folder))
        {
            using var model = TinyModel.Create(tied: true);
            model.SavePretrained(folder);
            var tensors = SafeTensors.Read(Path.Combine(folder, "model.safetensors")).Values;
            CheckpointFolder.Write(folder, [.. tensors.Select(t => SafeTensorSource.Of(t.Name, t.Shape, t.Values, SafeTensorTypes.BFloat16))], long.MaxValue);
        }

        return CpuLanguageModel.Load("tiny", folder);
    }
}
