namespace AgentTeams.Tests;

public sealed class SftTrainerTests : IDisposable
{
    private static readonly PolicyId s_policy = new("m");
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Train_RepeatedRows_LowersTheLoss()
    {
        using var bandit = new Bandit();
        var epochs = Train(bandit, new SftOptions { MaxEpochs = 15, Patience = null, BatchSize = 8, WarmupSteps = 1, Optimizer = new() { LearningRate = 0.02 } }, Rows(1), Rows(1));
        Assert.True(epochs[^1].TrainLoss < 0.5 * epochs[0].TrainLoss);
        Assert.Equal(15, epochs.Count);
    }

    [Fact]
    public void Train_ValidationGetsWorse_StopsAndReturnsToTheBestWeights()
    {
        using var bandit = new Bandit();
        var epochs = Train(bandit, new SftOptions { MaxEpochs = 50, Patience = 3, BatchSize = 8, WarmupSteps = 1, Optimizer = new() { LearningRate = 0.02 } }, Rows(1), Rows(2));
        Assert.True(epochs.Count < 50);
        var best = epochs.Min(e => e.ValidationLoss);
        var rows = Rows(2);
        var loss = -bandit.Models.GetModel(s_policy).ScoreAsync(s_policy, rows).Now().Sum(s => s.LogProbs.Sum(p => (double)p)) / rows.Sum(r => r.CompletionIds.Length);
        Assert.Equal(best!.Value, loss, 6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Train_NoValidationToken_RunsAllEpochsAndKeepsTheLastWeights(bool masked)
    {
        var options = new SftOptions { MaxEpochs = 6, Patience = 2, BatchSize = 8, WarmupSteps = 1, Optimizer = new() { LearningRate = 0.02 } };
        using var bandit = new Bandit();
        var epochs = Train(bandit, options, Rows(1), masked ? [.. Rows(2).Select(r => r with { Weights = [0, 0] })] : []);
        using var whole = new Bandit();
        Train(whole, options with { Patience = null }, Rows(1), Rows(2));
        Assert.Equal(6, epochs.Count);
        Assert.All(epochs, e => Assert.Null(e.ValidationLoss));
        Assert.Equal(whole.Models.WeightsHashAsync().Now(), bandit.Models.WeightsHashAsync().Now());
    }

    [Fact]
    public void Train_MaskedTokens_CountInNeitherLoss()
    {
        using var bandit = new Bandit();
        List<TrainingRow> open = [new() { PromptIds = [1, 3, 2], CompletionIds = [5] }, new() { PromptIds = [1, 4, 2], CompletionIds = [5] }];
        List<TrainingRow> masked = [.. open.Select(r => r with { CompletionIds = [5, 6, 6, 6], Weights = [1, 0, 0, 0] })];
        var epoch = Assert.Single(Train(bandit, Frozen, masked, masked));
        using var twin = new Bandit();
        var expected = Assert.Single(Train(twin, Frozen, open, open));
        Assert.Equal(expected.TrainLoss, epoch.TrainLoss, 1e-6);
        Assert.Equal(expected.ValidationLoss!.Value, epoch.ValidationLoss!.Value, 1e-6);
    }

    [Fact]
    public void Train_OnlyAdapters_DoesNotWriteTheFrozenBaseAndReturnsToTheBestWeights()
    {
        using var bandit = new Bandit(map: ModelMap.Adapters("m", "x", "y"));
        var policy = new PolicyId("m", "x");
        var rows = new Dictionary<PolicyId, IReadOnlyList<TrainingRow>> { [policy] = Rows(1) };
        var validation = new Dictionary<PolicyId, IReadOnlyList<TrainingRow>> { [policy] = Rows(2) };
        var options = new SftOptions { MaxEpochs = 50, Patience = 3, BatchSize = 8, WarmupSteps = 1, Optimizer = new() { LearningRate = 0.02 } };
        var epochs = new SftTrainer(bandit.Models, options, _folder).TrainAsync(rows, validation, new SeedKey(1, "sft")).Now();
        Assert.True(epochs.Count < 50);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder, "m"), "model*.safetensors"));
        var loss = -bandit.Models.GetModel(policy).ScoreAsync(policy, Rows(2)).Now().Sum(s => s.LogProbs.Sum(p => (double)p)) / Rows(2).Sum(r => r.CompletionIds.Length);
        Assert.Equal(epochs.Min(e => e.ValidationLoss)!.Value, loss, 6);
    }

    private static SftOptions Frozen => new() { MaxEpochs = 1, Optimizer = new() { LearningRate = 0 } };

    private IReadOnlyList<SftEpoch> Train(Bandit bandit, SftOptions options, IReadOnlyList<TrainingRow> train, IReadOnlyList<TrainingRow> validation) =>
        new SftTrainer(bandit.Models, options, _folder).TrainAsync(
            new Dictionary<PolicyId, IReadOnlyList<TrainingRow>> { [s_policy] = train },
            new Dictionary<PolicyId, IReadOnlyList<TrainingRow>> { [s_policy] = validation }, new SeedKey(1, "sft")).Now();

    private static List<TrainingRow> Rows(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 24).Select(_ => new TrainingRow { PromptIds = [1, random.Next(3, 200), 2], CompletionIds = [random.Next(3, 200), 0] })];
    }
}
