namespace AgentTeams.Tests;

/// <summary>Training on runs of older weights, and going on with it.</summary>
public sealed class StalenessTests
{
    private static readonly RlOptions s_options = RlOptions.Grpo with { Steps = 5, TasksPerStep = 3, GroupSize = 4, Staleness = 1 };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task TrainAsync_RunsSampledAhead_AreOfOlderWeights_NeverOlderThanTheBound(int staleness)
    {
        using var bandit = new Bandit();
        await foreach (var step in bandit.Trainer(s_options with { Staleness = staleness }).TrainAsync())
            Assert.All(step.Trajectories.SelectMany(t => t.Nodes), n => Assert.Equal(Math.Max(0, step.Step - staleness), n.Tokens!.WeightsVersion));
    }

    [Fact]
    public async Task TrainAsync_Twice_GivesTheSameWeights()
    {
        var hashes = new List<string>();
        for (var run = 0; run < 2; run++)
        {
            using var bandit = new Bandit();
            await foreach (var _ in bandit.Trainer(s_options).TrainAsync()) { }
            hashes.Add(await bandit.Models.WeightsHashAsync());
        }

        Assert.Equal(hashes[0], hashes[1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task TrainAsync_ResumedBetweenSteps_EndsWithTheSameWeights(int done)
    {
        using var whole = new Bandit();
        await foreach (var _ in whole.Trainer(s_options).TrainAsync()) { }
        using var killed = new Bandit();
        var store = new MemoryStore();
        var last = await killed.Trainer(s_options, store).TrainAsync().ElementAtAsync(done - 1);
        var folder = Directory.CreateTempSubdirectory();
        var checkpoints = new TrainingCheckpoints(folder.FullName);
        await checkpoints.SaveAsync(done, killed.Models, last.State);
        using var resumed = new Bandit(seed: 8);
        var (step, state) = (await checkpoints.RestoreAsync<System.Text.Json.JsonElement?>(resumed.Models))!.Value;
        await foreach (var _ in resumed.Trainer(s_options, store).TrainAsync(step, state)) { }
        Assert.Equal(await whole.Models.WeightsHashAsync(), await resumed.Models.WeightsHashAsync());
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task TrainAsync_ResumedWithoutTheStore_SaysWhatIsMissing()
    {
        using var bandit = new Bandit();
        var last = await bandit.Trainer(s_options, new MemoryStore()).TrainAsync().FirstAsync();
        var error = await Assert.ThrowsAsync<AgentTeamsException>(async () => await bandit.Trainer(s_options).TrainAsync(1, last.State).FirstAsync());
        Assert.Contains("Set RlOptions.Store", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.3, 256, 0.100512)]
    [InlineData(0.05, 256, 0.099488)]
    public void KlPenalty_Target_MovesTheCoefficientAsTheOracle(double kl, int runs, double expected) =>
        Assert.Equal(expected, new KlPenalty { Target = 0.1 }.Next(0.1, kl, runs), 1e-9);

    [Fact]
    public async Task TrainAsync_KlPenaltyThatAdapts_IsResumedWithItsCoefficient()
    {
        var options = RlOptions.Grpo with { Steps = 4, TasksPerStep = 3, GroupSize = 4, KlPenalty = new() { Target = 1e-4, Horizon = 20 }, Optimizer = new() { LearningRate = 0.05 } };
        using var bandit = new Bandit();
        using var reference = await KlReference.TakeAsync(bandit.Models);
        var steps = await bandit.Trainer(options, reference: reference).TrainAsync().ToListAsync();
        Assert.Equal(0.1 * (1 - 0.2 * 12 / 20), steps[1].Metrics["kl_penalty/coefficient"], 1e-12);
        using var resumed = new Bandit();
        await foreach (var _ in resumed.Trainer(options, reference: reference).TrainAsync().Take(2)) { }
        var next = await resumed.Trainer(options, reference: reference).TrainAsync(2, steps[1].State).FirstAsync();
        Assert.Equal(steps[2].Metrics["kl_penalty/coefficient"], next.Metrics["kl_penalty/coefficient"]);
    }
}
