namespace AgentTeams.Tests;

public sealed class CheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void SaveLoad_InTheMiddleOfTraining_ContinuesBitForBit()
    {
        using var original = TinyModel.Create();
        original.AddAdapter("a", new SeedKey(4));
        Train(original, 2);
        original.SaveAsync(_folder).Now();
        Train(original, 2);

        using var resumed = TinyModel.Create(seed: 99);
        resumed.AddAdapter("a", new SeedKey(98));
        resumed.LoadAsync(_folder).Now();
        Train(resumed, 2);
        Assert.Equal(original.WeightsHashAsync().Now(), resumed.WeightsHashAsync().Now());
        Assert.Equal(4, resumed.WeightsVersion(resumed.Base));
    }

    [Fact]
    public void Save_AfterRestoringABaseThatWasMerged_HoldsThatBase()
    {
        var (first, second) = (Path.Combine(_folder, "first"), Path.Combine(_folder, "second"));
        using var merged = TinyModel.Create();
        var adapter = merged.AddAdapter("a", new SeedKey(4));
        merged.AccumulateAsync(adapter, [TinyModel.Row(7)], new NegativeLogLikelihood()).Now();
        merged.ApplyAsync(adapter, new AdamWOptions { LearningRate = 0.01 }).Now();
        merged.MergeAdapter(adapter);
        merged.SaveAsync(first, [adapter]).Now();

        using var resumed = TinyModel.Create();
        resumed.AddAdapter("a", new SeedKey(4));
        resumed.LoadAsync(first).Now();
        resumed.SaveAsync(second, [adapter]).Now();
        using var again = TinyModel.Create();
        again.AddAdapter("a", new SeedKey(4));
        again.LoadAsync(second).Now();
        Assert.Equal(merged.WeightsHashAsync().Now(), again.WeightsHashAsync().Now());
    }

    [Fact]
    public void LoadPretrained_SavedFolder_GivesTheSameLogits()
    {
        using var original = TinyModel.Create();
        original.SavePretrained(_folder);
        using var loaded = CpuLanguageModel.Load("copy", _folder);
        Assert.Equal(original.Logits(original.Base, [5, 6, 7]), loaded.Logits(loaded.Base, [5, 6, 7]));
        Assert.Equal(original.Tokenizer.Encode("many baskets"), loaded.Tokenizer.Encode("many baskets"));
    }

    [Fact]
    public void Load_AnotherShape_IsRefusedAndChangesNothing()
    {
        using var original = TinyModel.Create();
        original.SaveAsync(_folder).Now();
        using var other = TinyModel.Create(tied: true);
        var hash = other.WeightsHashAsync().Now();
        Assert.Contains("another shape", Assert.Throws<ModelFormatException>(() => other.LoadAsync(_folder).Now()).Message, StringComparison.Ordinal);
        Assert.Equal(hash, other.WeightsHashAsync().Now());
    }

    [Fact]
    public void Load_TruncatedWeights_NamesTheFile()
    {
        using var original = TinyModel.Create();
        original.SaveAsync(_folder).Now();
        var path = Path.Combine(_folder, "model.safetensors");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^100]);
        Assert.Contains("model.safetensors", Assert.Throws<ModelFormatException>(() => original.LoadAsync(_folder).Now()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("adapters/a/adapter_model.safetensors")]
    [InlineData("optimizer-adapter-a.safetensors")]
    public void Load_LaterFileDamaged_ChangesNothing(string damaged)
    {
        var folder = Directory.CreateTempSubdirectory("agentteams").FullName;
        using var model = TinyModel.Create();
        var adapter = model.AddAdapter("a", new SeedKey(1));
        Train(model);
        model.SaveAsync(folder).Now();
        var file = Path.Combine(folder, damaged);
        var bytes = File.ReadAllBytes(file);
        // The last value becomes NaN, which nothing but reading to the end finds.
        bytes[^1] = bytes[^2] = 0xff;
        File.WriteAllBytes(file, bytes);
        Train(model);
        var hash = model.WeightsHashAsync().Now();
        Assert.Throws<ModelFormatException>(() => model.LoadAsync(folder).Now());
        Assert.Equal(hash, model.WeightsHashAsync().Now());
        Directory.Delete(folder, recursive: true);

        void Train(LocalLanguageModel trained)
        {
            foreach (var policy in new[] { trained.Base, adapter })
            {
                trained.AccumulateAsync(policy, [TinyModel.Row(1)], new NegativeLogLikelihood()).Now();
                trained.ApplyAsync(policy, new AdamWOptions { LearningRate = 0.01 }).Now();
            }
        }
    }

    private static void Train(LocalLanguageModel model, int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            foreach (var policy in model.Policies)
            {
                model.AccumulateAsync(policy, [TinyModel.Row(7), TinyModel.Row(8)], new NegativeLogLikelihood()).Now();
                model.ApplyAsync(policy, new AdamWOptions()).Now();
            }
        }
    }
}
