namespace AgentTeams.Tests;

/// <summary>Which runs and answers a trainer learns from.</summary>
public sealed class LearnedRunsTests
{
    private static readonly RlOptions s_options = new() { Steps = 1, TasksPerStep = 4, GroupSize = 4 };
    private static readonly NodeError s_invalid = new("InvalidAnswerException", "no number", FailureCause.Policy);

    [Theory]
    [InlineData(true, 16)]
    [InlineData(false, 8)]
    public async Task TrainAsync_RunsThatTheirAnswersMadeFail_AreLearnedFromUnlessSwitchedOff(bool learn, int rows)
    {
        using var bandit = new Bandit();
        var step = await Step(bandit, s_options with { LearnFromFailures = learn }, (t, key) => key.Sample % 2 == 1 ? t : t with
        {
            Status = TrajectoryStatus.Failed, Error = s_invalid, Nodes = [t.Nodes[0] with { Error = s_invalid }],
        });
        Assert.Equal(rows, step.Metrics["x/rows"]);
        Assert.Equal(8, step.Metrics["rollouts/failed"]);
    }

    [Theory]
    [InlineData(null, 16)]
    [InlineData(-1.0, 32)]
    public async Task TrainAsync_AnswersThatWereAskedForAgain_AreTrainedOnlyWithAReturnOfTheirOwn(double? rejected, int rows)
    {
        using var bandit = new Bandit();
        var step = await Step(bandit, s_options with { RejectedAnswerReturn = rejected }, (t, _) => t with
        {
            Nodes = [t.Nodes[0] with { Id = "x/call-0", Error = s_invalid }, t.Nodes[0] with { Id = "x/call-1", Attempt = 1 }, t.Nodes[1] with { Step = 1 }],
        });
        Assert.Equal(rows, step.Metrics["x/rows"]);
        Assert.Equal(16, step.Metrics["y/rows"]);
    }

    [Fact]
    public async Task TrainAsync_FailedRunThatARewardCannotJudge_IsLeftOutAndSaid()
    {
        using var bandit = new Bandit();
        var log = new RecordingLogger();
        var rewards = new RewardComposer()
            .Add(new OutcomeReward(t => 1))
            .Add(new DelegateReward("strict",
            t => [Reward.ForTrajectory("strict", t.Outcome!.Length)]));
        var step = await Step(bandit, s_options, (t, key) => key.Sample > 0 ? t with { Outcome = "5" } : t with { Status = TrajectoryStatus.Failed, Error = s_invalid }, rewards, log);
        Assert.Equal((4, 12), (step.Metrics["rollouts/unjudged"], step.Metrics["x/rows"]));
        Assert.Contains(log.Messages, m => m.Contains("The reward function 'strict' failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TrainAsync_SomeRunsBroke_SaysWhy()
    {
        using var bandit = new Bandit { Broken = { "a" } };
        var log = new RecordingLogger();
        await Step(bandit, s_options, (t, _) => t, logger: log);
        Assert.Contains(log.Messages, m => m.Contains("4 of 16 rollouts failed, 4 of them with: the server is down", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TrainAsync_OtherRewardsOnStoredRollouts_AreStored()
    {
        using var bandit = new Bandit();
        var store = new MemoryStore();
        await foreach (var _ in bandit.Trainer(s_options, store).TrainAsync()) { }
        using var second = new Bandit();
        await foreach (var _ in second.Trainer(s_options, store, rewards: new RewardComposer().Add(new OutcomeReward(_ => 7))).TrainAsync()) { }
        Assert.Empty(second.Runs);
        await foreach (var trajectory in store.ReadAllAsync()) Assert.Contains(trajectory.Rewards, r => r is { Name: "outcome", Value: 7 });
    }

    [Fact]
    public async Task TrainAsync_TwoTrainingsOfOneStore_DoNotTakeEachOthersRollouts()
    {
        var store = new MemoryStore();
        using var first = new Bandit();
        await foreach (var _ in first.Trainer(s_options, store).TrainAsync()) { }
        using var otherWorkflow = new Bandit();
        async Task<Trajectory> Shorter(string task, SeedKey key, CancellationToken token) => (await otherWorkflow.RolloutAsync(task, key, token)) with { WorkflowName = "shorter" };
        await foreach (var step in otherWorkflow.Trainer(s_options, store, Shorter).TrainAsync()) Assert.All(step.Trajectories, t => Assert.Equal("shorter", t.WorkflowName));
        using var otherStage = new Bandit();
        await foreach (var step in otherStage.Trainer(s_options with { Stage = "second" }, store).TrainAsync()) Assert.DoesNotContain(step.Trajectories, t => first.Runs.ContainsKey(t.Id));
        Assert.Equal(48, store.Count);
    }

    [Fact]
    public async Task TrainAsync_GradientThatOverflows_IsRefusedAndTrainingGoesOn()
    {
        using var bandit = new Bandit();
        var hash = bandit.Models.WeightsHashAsync().Now();
        var step = await Step(bandit, s_options with { Aggregation = LossAggregation.TokenSum(5e-39), Loss = new PolicyGradientLoss { ClipHigh = double.PositiveInfinity } }, (t, _) => t);
        Assert.NotEmpty(step.Refused);
        Assert.Equal(hash, bandit.Models.WeightsHashAsync().Now());
    }

    [Fact]
    public void Dispose_ModelsLeftOpen_StayUsable()
    {
        using var bandit = new Bandit();
        var model = bandit.Models.Models.Single();
        new TeamModels(bandit.Models.Team, [model], leaveOpen: true).Dispose();
        Assert.NotEmpty(model.ScoreAsync(new("m"), [new() { PromptIds = [1], CompletionIds = [2] }]).Now());
    }

    private static async Task<RlStep> Step(Bandit bandit, RlOptions options, Func<Trajectory, SeedKey, Trajectory> change, RewardComposer? rewards = null, RecordingLogger? logger = null)
    {
        async Task<Trajectory> Changed(string task, SeedKey key, CancellationToken token) => change(await bandit.RolloutAsync(task, key, token), key);
        RlStep? last = null;
        await foreach (var step in bandit.Trainer(options, rollout: Changed, rewards: rewards ?? new RewardComposer().Add(new OutcomeReward(t => t.SampleIndex)), logger: logger).TrainAsync()) last = step;
        return last!;
    }
}
