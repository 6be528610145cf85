using System.Runtime.InteropServices;

namespace AgentTeams.Tests;

/// <summary>Memory, micro-batches, checkpoints and number formats.</summary>
public sealed class TorchTrainingTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Accumulate_AThousandSteps_LeavesNoTensorBehind(bool adapter, bool checkpointing)
    {
        using var model = TorchModels.Create(options: TorchModels.Options with { GradientCheckpointing = checkpointing });
        var policy = adapter ? model.AddAdapter("a", new SeedKey(2), new LoraOptions { Rank = 2 }) : model.Base;
        List<TrainingRow> rows = [TinyModel.Row(1, 3, 2), TinyModel.Row(2, 1, 1)];
        Step();
        var live = LiveTensors.Count();
        for (var i = 0; i < 1000; i++) Step();
        Assert.Equal(live, LiveTensors.Count());

        void Step()
        {
            model.AccumulateAsync(policy, rows, new NegativeLogLikelihood(0.1f)).Now();
            model.ScoreAsync(policy, rows).Now();
            model.DiscardGradientAsync(policy).Now();
            model.ApplyAsync(policy, new AdamWOptions()).Now();
        }
    }

    [Fact]
    public void Accumulate_OutOfMemory_TriesSmallerMicroBatchesWithTheSameResult()
    {
        using var log = new RecordingLogger();
        List<TrainingRow> rows = [.. Enumerable.Range(0, 9).Select(i => TinyModel.Row(i))];
        using var ample = TorchModels.Create();
        using var scarce = TorchModels.Create(options: TorchModels.Options with { LoggerFactory = log });
        scarce.Engine().Training.Starting = b => { if (b.Tokens > 40) throw new OutOfDeviceMemory(); };
        foreach (var model in new[] { ample, scarce })
        {
            // The second call must keep what the first left.
            model.AccumulateAsync(model.Base, rows[..2], new NegativeLogLikelihood()).Now();
            model.AccumulateAsync(model.Base, rows, new NegativeLogLikelihood()).Now();
        }

        var expected = TensorData.ToArray(ample.SetOf(ample.Base).Gradients);
        Assert.InRange(ModelOracles.MaxDifference(expected, TensorData.ToArray(scarce.SetOf(scarce.Base).Gradients)), 0, 1e-4f * expected.Max(MathF.Abs));
        Assert.Contains("out of memory in a micro-batch of 99 tokens", log.Messages[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Accumulate_OneRowTooLarge_SaysWhatToChange()
    {
        using var model = TorchModels.Create();
        model.Engine().Training.Starting = _ => throw new OutOfDeviceMemory();
        var error = Assert.Throws<AgentTeamsException>(() => model.AccumulateAsync(model.Base, [TinyModel.Row(1), TinyModel.Row(2)], new NegativeLogLikelihood()).Now());
        Assert.Contains("GradientCheckpointing", error.Message, StringComparison.Ordinal);
        Assert.Contains("20.00 MiB", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_CoupledRows_StayTogetherAndInOrder()
    {
        List<TrainingRow> rows = [.. Enumerable.Range(0, 12).Select(i => TinyModel.Row(i, prompt: 1 + i * 7 % 12) with { Coupling = (i / 2).ToString(System.Globalization.CultureInfo.InvariantCulture) })];
        var batches = MicroBatch.Plan(rows, 40);
        Assert.Equal(Enumerable.Range(0, 12), batches.SelectMany(b => b.Batch.Samples).Order());
        foreach (var batch in batches)
        {
            Assert.True(batch.Tokens <= 40 || batch.Rows.Count == 2);
            foreach (var pair in batch.Batch.Samples.Chunk(2)) Assert.Equal((pair[0] % 2, pair[0] + 1), (0, pair[1]));
        }
    }

    [Theory]
    [InlineData(TorchPrecision.Full)]
    [InlineData(TorchPrecision.BFloat16)]
    public void Save_ThenLoad_GoesOnAsBefore(TorchPrecision precision)
    {
        var folder = Directory.CreateTempSubdirectory("agentteams").FullName;
        try
        {
            using var model = Trained(1, precision);
            model.SaveAsync(folder).Now();
            using var other = Trained(5, precision);
            Assert.NotEqual(model.WeightsHashAsync().Now(), other.WeightsHashAsync().Now());
            other.LoadAsync(folder).Now();
            Assert.Equal(model.WeightsHashAsync().Now(), other.WeightsHashAsync().Now());
            foreach (var m in new[] { model, other }) Step(m, m.Policies[1]);
            Assert.Equal(model.WeightsHashAsync().Now(), other.WeightsHashAsync().Now());
            Assert.Equal(model.WeightsVersion(model.Base), other.WeightsVersion(other.Base));
            using var cpu = CpuLanguageModel.Load("cpu", folder);
            Assert.Equal(2, cpu.Config.Layers);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Accumulate_BFloat16_FollowsFloat32()
    {
        using var full = TorchModels.Create();
        using var half = TorchModels.Create(options: TorchModels.Options with { Precision = TorchPrecision.BFloat16 });
        List<TrainingRow> rows = [.. Enumerable.Range(0, 6).Select(i => TinyModel.Row(i))];
        double[] Losses(LocalLanguageModel model) => [.. Enumerable.Range(0, 30).Select(_ =>
        {
            var loss = model.AccumulateAsync(model.Base, rows, new NegativeLogLikelihood()).Now().Loss;
            model.ApplyAsync(model.Base, new AdamWOptions { LearningRate = 1e-2 }).Now();
            return loss;
        })];
        var (expected, actual) = (Losses(full), Losses(half));
        Assert.True(actual[^1] < actual[0] / 4, $"{actual[0]} to {actual[^1]}");
        Assert.InRange(Math.Abs(actual[0] - expected[0]), 0, 0.01 * expected[0]);
    }

    [Fact]
    public void Snapshot_OfAnAdapter_SharesTheBase()
    {
        using var model = TorchModels.Create();
        var policy = model.AddAdapter("a", new SeedKey(1));
        var live = LiveTensors.Count();
        model.SnapshotAsync(policy).Now();
        Step(model, policy);
        var adapter = model.SetOf(policy).Parameters.Count;
        // The copy's tensors, and gradient and moments that the first step allocates.
        Assert.InRange(LiveTensors.Count() - live, adapter, adapter + 8);
    }

    [Fact]
    public void Accumulate_LossThatThrows_LeavesNoTensorBehind()
    {
        using var model = TorchModels.Create();
        Step(model, model.Base);
        var live = LiveTensors.Count();
        for (var i = 0; i < 3; i++) Assert.Throws<NotFiniteNumberException>(() => model.AccumulateAsync(model.Base, [TinyModel.Row(1)], new ThrowingLoss()).Now());
        Assert.Equal(live, LiveTensors.Count());
        model.DiscardGradientAsync(model.Base).Now();
        Step(model, model.Base);
    }

    [Fact]
    public void LoadAdapter_DamagedOrOfTakenName_LeavesNoTensorBehind()
    {
        var folder = Directory.CreateTempSubdirectory("agentteams").FullName;
        try
        {
            using var model = TorchModels.Create();
            var policy = model.AddAdapter("a", new SeedKey(1));
            model.SaveAdapter(policy, folder);
            var live = LiveTensors.Count();
            Assert.Throws<AgentTeamsException>(() => model.LoadAdapter("a", folder));
            Assert.Throws<AgentTeamsException>(() => model.AddAdapter("a", new SeedKey(1)));
            using var other = TorchModels.Create();
            other.SaveAdapter(other.AddAdapter("b", new SeedKey(1), new LoraOptions { Rank = 4 }), Path.Combine(folder, "b"));
            File.Copy(Path.Combine(folder, "b", AdapterFiles.WeightsFile), Path.Combine(folder, AdapterFiles.WeightsFile), overwrite: true);
            other.Dispose();
            Assert.Throws<ModelFormatException>(() => model.LoadAdapter("c", folder));
            model.SaveAdapter(policy, folder);
            File.WriteAllText(Path.Combine(folder, "value_head.safetensors"), "damaged");
            Assert.Throws<ModelFormatException>(() => model.LoadAdapter("c", folder));
            Assert.Equal([model.Base, policy], model.Policies);
            Assert.Equal(live, LiveTensors.Count());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static LocalLanguageModel Trained(long seed, TorchPrecision precision)
    {
        var model = TorchModels.Create(seed, TorchModels.Options with { Precision = precision });
        var policy = model.AddAdapter("a", new SeedKey(seed));
        model.AddValueHead(policy);
        Step(model, policy);
        Step(model, model.Base);
        return model;
    }

    private static void Step(LocalLanguageModel model, PolicyId policy)
    {
        model.AccumulateAsync(policy, [TinyModel.Row(4)], new NegativeLogLikelihood()).Now();
        model.ApplyAsync(policy, new AdamWOptions { LearningRate = 0.05 }).Now();
    }

    private sealed class OutOfDeviceMemory() : ExternalException("CUDA out of memory. Tried to allocate 20.00 MiB");

    private sealed class ThrowingLoss : ITokenLoss
    {
        public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients) => throw new NotFiniteNumberException();
    }
}
