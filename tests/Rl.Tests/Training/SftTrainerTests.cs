namespace AgentTeams.Tests;

public sealed class SftTrainerTests : IDisposable
{
    private static readonly Policy s_policy = new("m");
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Train_RepeatedRows_LowersTheLoss()
    {
        using var bandit = new Bandit();
        var epochs = Train(bandit, new SftOptions { MaxEpochs = 15, Patience = null, BatchSize = 8, WarmupUpdates = 1, Optimizer = new() { LearningRate = 0.02 } }, Rows(1), Rows(1));
        Assert.True(epochs[^1].TrainLoss < 0.5 * epochs[0].TrainLoss);
        Assert.Equal(15, epochs.Count);
    }

    [Fact]
    public void Train_ValidationGetsWorse_StopsAndReturnsToTheBestWeights()
    {
        using var bandit = new Bandit();
        var epochs = Train(bandit, new SftOptions { MaxEpochs = 50, Patience = 3, BatchSize = 8, WarmupUpdates = 1, Optimizer = new() { LearningRate = 0.02 } }, Rows(1), Rows(2));
        Assert.True(epochs.Count < 50);
        var best = epochs.Min(e => e.ValidationLoss);
        var rows = Rows(2);
        var loss = -bandit.Models.ModelOf(s_policy).Evaluate(s_policy, rows).Sum(s => s.LogProbs.Sum(p => (double)p)) / rows.Sum(r => r.CompletionIds.Length);
        Assert.Equal(best!.Value, loss, 6);
    }

    private IReadOnlyList<SftEpoch> Train(Bandit bandit, SftOptions options, IReadOnlyList<TrainingRow> train, IReadOnlyList<TrainingRow> validation) =>
        new SftTrainer(bandit.Models, options, _folder).Train(
            new Dictionary<Policy, IReadOnlyList<TrainingRow>> { [s_policy] = train },
            new Dictionary<Policy, IReadOnlyList<TrainingRow>> { [s_policy] = validation }, new SeedKey(1, "sft"));

    private static List<TrainingRow> Rows(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 24).Select(_ => new TrainingRow { PromptIds = [1, random.Next(3, 200), 2], CompletionIds = [random.Next(3, 200), 0] })];
    }
}
