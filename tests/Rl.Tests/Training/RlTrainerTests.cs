namespace AgentTeams.Tests;

public sealed class RlTrainerTests
{
    private static readonly RlOptions s_options = new() { Seed = 1, Steps = 3, TasksPerStep = 4, GroupSize = 8, Optimizer = new() { LearningRate = 0.01 } };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TrainAsync_SharedOrSeparateWeights_LearnsWhatIsRewarded(bool shared)
    {
        using var bandit = new Bandit(map: shared ? ModelMap.Full("m", "x", "y") : ModelMap.Separate("x", "y"));
        var trainer = bandit.Trainer(s_options with { Seed = 3, Steps = 60, GroupSize = 16, Optimizer = new() { LearningRate = 0.02 } });
        var rewards = new List<double>();
        var updates = bandit.Models.TrainablePolicies.ToDictionary(p => p, _ => 0);
        await foreach (var step in trainer.TrainAsync())
        {
            rewards.Add(step.Metrics["rewards/parity/mean"]);
            foreach (var (policy, count) in step.Updates) updates[policy] += count;
        }

        Assert.InRange(rewards.Take(3).Average(), 0.3, 0.7);
        Assert.InRange(rewards.TakeLast(5).Average(), 0.8, 1);
        Assert.All(updates.Values, n => Assert.True(n >= 3));
    }

    [Fact]
    public async Task TrainAsync_Adapters_UpdatesEachRolesAdapterAndNotTheBase()
    {
        using var bandit = new Bandit(map: ModelMap.Adapters("m", "x", "y"));
        var model = bandit.Models.Models.Single();
        await Run(bandit.Trainer(s_options));
        Assert.Equal([3L, 3L], bandit.Models.TrainablePolicies.Select(model.WeightsVersion));
        Assert.Equal(0, model.WeightsVersion(new PolicyId("m")));
    }

    [Fact]
    public async Task TrainAsync_SameSeed_GivesTheSameWeights()
    {
        Assert.Equal(await HashAfter(run: 1, steps: 3), await HashAfter(run: 1, steps: 3));
        Assert.NotEqual(await HashAfter(run: 1, steps: 3), await HashAfter(run: 2, steps: 3));
    }

    [Fact]
    public async Task TrainAsync_WithStoredTrajectories_ReusesThem()
    {
        var store = new MemoryStore();
        using (var first = new Bandit()) await Run(first.Trainer(s_options with { Steps = 1 }, store));
        using var second = new Bandit();
        await Run(second.Trainer(s_options with { Steps = 2 }, store));
        Assert.Equal(32, second.Runs.Count);
        Assert.Equal(64, store.Count);
        Assert.Equal(await HashAfter(run: 1, steps: 2), second.Models.WeightsHashAsync().Now());
    }

    [Fact]
    public async Task TrainAsync_AllRolloutsFail_StoresThemAndStopsWithTheCommonestCause()
    {
        var store = new MemoryStore();
        using var bandit = new Bandit { Broken = { "a", "b", "c", "d" } };
        var hash = bandit.Models.WeightsHashAsync().Now();
        var error = await Assert.ThrowsAsync<RolloutsFailedException>(() => Run(bandit.Trainer(s_options, store)));
        Assert.Contains("Step 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("all 32 rollouts failed, 32 of them with: the server is down", error.Message, StringComparison.Ordinal);
        Assert.Equal(32, store.Count);
        Assert.Equal(hash, bandit.Models.WeightsHashAsync().Now());
    }

    [Fact]
    public async Task TrainAsync_RowTooLong_EndsTraining()
    {
        using var bandit = new Bandit();
        async Task<Trajectory> Long(string task, SeedKey key, CancellationToken cancellationToken)
        {
            var trajectory = await bandit.RolloutAsync(task, key, cancellationToken);
            return trajectory with { Nodes = [.. trajectory.Nodes.Select(n => n with { Tokens = n.Tokens! with { PromptIds = new int[40] } })] };
        }

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => Run(bandit.Trainer(s_options, rollout: Long)));
        Assert.Contains("the model has 32 positions", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TrainAsync_SomeRolloutsFail_LearnsFromTheOthers()
    {
        using var bandit = new Bandit { Broken = { "a" } };
        var hash = bandit.Models.WeightsHashAsync().Now();
        await Run(bandit.Trainer(s_options));
        Assert.NotEqual(hash, bandit.Models.WeightsHashAsync().Now());
    }

    [Fact]
    public async Task TrainAsync_LogProbNotANumber_RefusesTheUpdateAndNamesRoleAndTrajectory()
    {
        using var bandit = new Bandit();
        var hash = bandit.Models.WeightsHashAsync().Now();
        var poisoned = "";
        async Task<Trajectory> Poison(string task, SeedKey key, CancellationToken cancellationToken)
        {
            var trajectory = await bandit.RolloutAsync(task, key, cancellationToken);
            poisoned = trajectory.Id;
            var node = trajectory.Nodes[0];
            var trace = node.Tokens! with { Temperature = float.Epsilon };
            return trajectory with { Nodes = [node with { Tokens = trace }, trajectory.Nodes[1]] };
        }

        var store = new MemoryStore();
        var steps = await Run(bandit.Trainer(s_options with { Steps = 1 }, store, Poison));
        var refused = Assert.Single(steps[0].Refused);
        Assert.Contains("'x'", refused, StringComparison.Ordinal);
        Assert.Contains(steps[0].Trajectories, t => refused.Contains(t.Id, StringComparison.Ordinal));
        Assert.Equal(hash, bandit.Models.WeightsHashAsync().Now());
        Assert.Equal(32, store.Count);
        Assert.NotEmpty(poisoned);
    }

    [Fact]
    public async Task TrainAsync_CallWithoutTrace_SaysThatItCannotBeTrained()
    {
        using var bandit = new Bandit();
        async Task<Trajectory> Traceless(string task, SeedKey key, CancellationToken cancellationToken)
        {
            var trajectory = await bandit.RolloutAsync(task, key, cancellationToken);
            return trajectory with { Nodes = [.. trajectory.Nodes.Select(n => n with { Tokens = null })] };
        }

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => Run(bandit.Trainer(s_options, rollout: Traceless)));
        Assert.Contains("no token trace", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TrainAsync_Cancelled_LeavesTheWeightsOfTheLastWholeStep()
    {
        using var bandit = new Bandit();
        using var stop = new CancellationTokenSource();
        var whole = "";
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var step in bandit.Trainer(s_options).TrainAsync(cancellationToken: stop.Token))
            {
                whole = bandit.Models.WeightsHashAsync().Now();
                await stop.CancelAsync();
            }
        });
        Assert.Equal(whole, bandit.Models.WeightsHashAsync().Now());
    }

    [Fact]
    public void Constructor_OptionsOutOfRange_NamesAllOfThem()
    {
        using var bandit = new Bandit();
        var options = new RlOptions
        {
            Steps = -1, TasksPerStep = 0, GroupSize = 1, MiniBatches = 0, ImportanceCorrection = new() { High = 0 }, WarmupSteps = -1, MaxConcurrency = 0, Stage = "", RejectedAnswerReturn = double.NaN,
            Rewards = new RewardComposer(), Advantage = new GrpoAdvantage { Epsilon = 0 }, Loss = new PolicyGradientLoss { KlCoefficient = double.NaN },
            Optimizer = new() { LearningRate = double.NaN, Beta2 = 1, MaxGradientNorm = 0 },
        };
        var error = Assert.Throws<AgentTeamsException>(() => bandit.Trainer(options));
        string[] expected =
        [
            "Steps is -1;", "TasksPerStep is 0;", "GroupSize is 1;", "MiniBatches is 0;", "ImportanceCorrection.High is 0;", "WarmupSteps is -1;", "MaxConcurrency is 0;", "Stage is empty;", "RejectedAnswerReturn is NaN;",
            "Rewards holds no reward function;", "Advantage.Epsilon is 0;", "Loss.KlCoefficient is NaN;", "Optimizer.LearningRate is NaN;", "Optimizer.Beta2 is 1;", "Optimizer.MaxGradientNorm is 0;",
        ];
        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    public static TheoryData<string> Aggregations => ["token mean", "sequence mean of token sums", "sequence mean of token means", "Dr. GRPO", "token sum"];

    [Theory]
    [MemberData(nameof(Aggregations))]
    public async Task TrainAsync_EveryAggregation_LearnsWhatIsRewarded(string name)
    {
        var aggregation = name switch
        {
            "token mean" => LossAggregation.TokenMean,
            "sequence mean of token sums" => LossAggregation.SequenceMeanTokenSum,
            "sequence mean of token means" => LossAggregation.SequenceMeanTokenMean,
            "Dr. GRPO" => LossAggregation.DrGrpo(2),
            _ => LossAggregation.TokenSum(256),
        };
        using var bandit = new Bandit();
        var steps = await Run(bandit.Trainer(s_options with { Seed = 3, Steps = 40, GroupSize = 16, MiniBatches = 2, Aggregation = aggregation, Optimizer = new() { LearningRate = 0.02 } }));
        Assert.All(steps, step => Assert.Empty(step.Refused));
        Assert.InRange(steps.TakeLast(5).Average(s => s.Metrics["rewards/parity/mean"]), 0.75, 1);
    }

    [Fact]
    public void StartingPoints_AsPublished_SetAdvantageLossAndAggregationTogether()
    {
        Assert.Equal((LossAggregation.SequenceMeanTokenMean, new GrpoAdvantage()), (RlOptions.Grpo.Aggregation, RlOptions.Grpo.Advantage));
        Assert.Equal((LossAggregation.DrGrpo(64), GrpoAdvantage.DrGrpo), (RlOptions.DrGrpo(64).Aggregation, RlOptions.DrGrpo(64).Advantage));
        Assert.Equal((GroupKey.ByRoleAndTurn, GrpoAdvantage.Magrpo), (RlOptions.Magrpo.GroupKey, RlOptions.Magrpo.Advantage));
        Assert.Equal(new PolicyGradientLoss { ClipLow = 1, ClipHigh = double.PositiveInfinity }, RlOptions.Magrpo.Loss);
    }

    private static async Task<List<RlStep>> Run(RlTrainer<string> trainer)
    {
        var steps = new List<RlStep>();
        await foreach (var step in trainer.TrainAsync()) steps.Add(step);
        return steps;
    }

    private static async Task<string> HashAfter(long run, int steps)
    {
        using var bandit = new Bandit();
        await Run(bandit.Trainer(s_options with { Seed = run, Steps = steps }));
        return bandit.Models.WeightsHashAsync().Now();
    }
}
