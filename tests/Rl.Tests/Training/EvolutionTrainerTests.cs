namespace AgentTeams.Tests;

public sealed class EvolutionTrainerTests
{
    private static readonly EvolutionOptions s_options = new() { Rewards = Bandit.Rewards, Steps = 3, TasksPerStep = 4, Samples = 2, Population = 8, Sigma = 0.05, LearningRate = 0.1 };

    [Fact]
    public async Task TrainAsync_ManySteps_Learns()
    {
        using var bandit = new Bandit();
        var steps = await Trainer(bandit, s_options with { Steps = 60, Samples = 4, Population = 16 }).TrainAsync().ToListAsync();
        Assert.True(steps.TakeLast(5).Average(s => s.Metrics["reward"]) > steps.Take(5).Average(s => s.Metrics["reward"]) + 0.25, $"{steps[0].Metrics["reward"]} to {steps[^1].Metrics["reward"]}");
        Assert.Equal(60, bandit.Models.GetModel(new("m")).WeightsVersion(new("m")));
    }

    [Fact]
    public async Task TrainAsync_SameSeed_GivesTheSameWeights_AlsoFromTheMiddle()
    {
        using var whole = new Bandit();
        await foreach (var _ in Trainer(whole, s_options).TrainAsync()) { }
        using var parts = new Bandit();
        await foreach (var _ in Trainer(parts, s_options).TrainAsync().Take(1)) { }
        await foreach (var _ in Trainer(parts, s_options).TrainAsync(1)) { }
        Assert.Equal(await whole.Models.WeightsHashAsync(), await parts.Models.WeightsHashAsync());
    }

    [Fact]
    public async Task TrainAsync_Adapters_LeaveTheBaseAsItIs()
    {
        using var bandit = new Bandit(map: ModelMap.Adapters("m", "x", "y"));
        var model = (LocalLanguageModel)bandit.Models.GetModel(new("m", "x"));
        var before = await model.ReadWeightsAsync(model.Base);
        await foreach (var _ in Trainer(bandit, s_options).TrainAsync()) { }
        Assert.Equal(before, await model.ReadWeightsAsync(model.Base));
        Assert.NotEqual(await model.ReadWeightsAsync(new("m", "x")), await model.ReadWeightsAsync(new("m", "y")));
    }

    [Fact]
    public async Task TrainAsync_RunsThatBreak_PutTheWeightsBack()
    {
        using var bandit = new Bandit { Broken = { "a" } };
        var before = await bandit.Models.WeightsHashAsync();
        await Assert.ThrowsAsync<RolloutsFailedException>(async () => await Trainer(bandit, s_options).TrainAsync().FirstAsync());
        Assert.Equal(before, await bandit.Models.WeightsHashAsync());
    }

    [Fact]
    public async Task TrainAsync_OnePair_GoesOppositeWays_AndAlongTheBetter()
    {
        using var bandit = new Bandit();
        var model = (LocalLanguageModel)bandit.Models.GetModel(new("m"));
        var centre = await model.ReadWeightsAsync(model.Base);
        var tried = new List<float[]>();
        var trainer = new EvolutionTrainer<string>(bandit.Models, TaskSet.Create(["a"], t => t, async (task, key, token) =>
        {
            tried.Add(await model.ReadWeightsAsync(model.Base, token));
            return await bandit.RolloutAsync(task, key, token);
        }), s_options with { Rewards = new RewardComposer().Add(new OutcomeReward(_ => tried.Count == 2 ? 1 : 0)), Population = 2, Samples = 1, TasksPerStep = 1 });
        await trainer.TrainAsync().FirstAsync();
        Assert.NotEqual(tried[0], tried[1]);
        Assert.All(Enumerable.Range(0, centre.Length), i => Assert.Equal(2 * centre[i], tried[0][i] + tried[1][i], 1e-5));
        var after = await model.ReadWeightsAsync(model.Base);
        // The second was the better one: half a rank either way, times noise over 2 sigma.
        Assert.All(Enumerable.Range(0, centre.Length), i => Assert.Equal(0.1 / (2 * 0.05) * ((double)tried[1][i] - centre[i]) / 0.05, after[i] - (double)centre[i], 1e-4));
    }

    [Fact]
    public async Task WriteWeights_WrongCount_IsRefused()
    {
        using var bandit = new Bandit();
        var model = (LocalLanguageModel)bandit.Models.GetModel(new("m"));
        Assert.Contains("but 3 were given", (await Assert.ThrowsAsync<AgentTeamsException>(() => model.WriteWeightsAsync(model.Base, new float[3], false))).Message, StringComparison.Ordinal);
        Assert.Contains("Population is 3", Assert.Throws<AgentTeamsException>(() => Trainer(bandit, s_options with { Population = 3 })).Message, StringComparison.Ordinal);
    }

    private static EvolutionTrainer<string> Trainer(Bandit bandit, EvolutionOptions options) => new(bandit.Models, TaskSet.Create(Bandit.Tasks, t => t, bandit.RolloutAsync), options);
}
