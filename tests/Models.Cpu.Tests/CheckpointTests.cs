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
        original.Save(_folder);
        Train(original, 2);

        using var resumed = TinyModel.Create(seed: 99);
        resumed.AddAdapter("a", new SeedKey(98));
        resumed.Load(_folder);
        Train(resumed, 2);
        Assert.Equal(original.WeightsHash(), resumed.WeightsHash());
        Assert.Equal(4, resumed.WeightsVersion(resumed.Base));
    }

    [Fact]
    public void Save_AfterRestoringABaseThatWasMerged_HoldsThatBase()
    {
        var (first, second) = (Path.Combine(_folder, "first"), Path.Combine(_folder, "second"));
        using var merged = TinyModel.Create();
        var adapter = merged.AddAdapter("a", new SeedKey(4));
        merged.Accumulate(adapter, [TinyModel.Row(7)], new NegativeLogLikelihood());
        merged.Apply(adapter, new AdamWOptions { LearningRate = 0.01 });
        merged.MergeAdapter(adapter);
        merged.Save(first, [adapter]);

        using var resumed = TinyModel.Create();
        resumed.AddAdapter("a", new SeedKey(4));
        resumed.Load(first);
        resumed.Save(second, [adapter]);
        using var again = TinyModel.Create();
        again.AddAdapter("a", new SeedKey(4));
        again.Load(second);
        Assert.Equal(merged.WeightsHash(), again.WeightsHash());
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
        original.Save(_folder);
        using var other = TinyModel.Create(tied: true);
        var hash = other.WeightsHash();
        Assert.Contains("another shape", Assert.Throws<ModelFormatException>(() => other.Load(_folder)).Message, StringComparison.Ordinal);
        Assert.Equal(hash, other.WeightsHash());
    }

    [Fact]
    public void Load_TruncatedWeights_NamesTheFile()
    {
        using var original = TinyModel.Create();
        original.Save(_folder);
        var path = Path.Combine(_folder, "model.safetensors");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^100]);
        Assert.Contains("model.safetensors", Assert.Throws<ModelFormatException>(() => original.Load(_folder)).Message, StringComparison.Ordinal);
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
        model.Save(folder);
        var file = Path.Combine(folder, damaged);
        var bytes = File.ReadAllBytes(file);
        // The last value becomes NaN, which nothing but reading to the end finds.
        bytes[^1] = bytes[^2] = 0xff;
        File.WriteAllBytes(file, bytes);
        Train(model);
        var hash = model.WeightsHash();
        Assert.Throws<ModelFormatException>(() => model.Load(folder));
        Assert.Equal(hash, model.WeightsHash());
        Directory.Delete(folder, recursive: true);

        void Train(CpuLanguageModel trained)
        {
            foreach (var policy in new[] { trained.Base, adapter })
            {
                trained.Accumulate(policy, [TinyModel.Row(1)], new NegativeLogLikelihood());
                trained.Apply(policy, new AdamWOptions { LearningRate = 0.01 });
            }
        }
    }

    [Fact]
    public void Snapshot_AfterFurtherTraining_KeepsItsScores()
    {
        using var model = TinyModel.Create();
        var rows = new[] { TinyModel.Row(1) };
        var before = model.Evaluate(model.Base, rows)[0].LogProbs;
        var reference = model.Snapshot(model.Base);
        Train(model, 1);
        Assert.Equal(before, reference.Evaluate(rows)[0].LogProbs);
        Assert.NotEqual(before, model.Evaluate(model.Base, rows)[0].LogProbs);
    }

    private static void Train(CpuLanguageModel model, int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            foreach (var policy in model.Policies)
            {
                model.Accumulate(policy, [TinyModel.Row(7), TinyModel.Row(8)], new NegativeLogLikelihood());
                model.Apply(policy, new AdamWOptions());
            }
        }
    }
}
