namespace AgentTeams.Tests;

/// <summary>Where a step's runs come from.</summary>
public sealed class SourceTests
{
    private static readonly RewardComposer s_rewards = new RewardComposer().Add(new OutcomeReward(t => t.Nodes.Sum(n => n.Tokens!.CompletionIds[0] % 2)));
    private static readonly RlOptions s_options = RlOptions.Grpo with { Rewards = s_rewards, Steps = 2, TasksPerStep = 2, GroupSize = 3 };

    [Fact]
    public async Task Tree_TwoByTwo_SharesCallsAndTrainsEachOnce()
    {
        using var duo = new Duo();
        var trainer = new RlTrainer(duo.Models, new TreeSource<string>(duo.Tasks, [2, 2]), s_options with { Credit = new TreeBackupCredit(), GroupKey = GroupKey.ByRole | GroupKey.Context });
        var step = await trainer.TrainAsync().FirstAsync();
        Assert.Equal(2 * 4, step.Trajectories.Count);
        Assert.Equal((2 * 2, 2 * 4), (step.Metrics["x/rows"], step.Metrics["y/rows"]));
        foreach (var tree in step.Trajectories.GroupBy(t => t.TaskId))
            Assert.Equal(6, tree.SelectMany(t => t.Nodes.Where(n => !n.Inherited).Select(n => (t.Id, n.Id))).Distinct().Count());
    }

    [Fact]
    public async Task Tree_ThreeBranches_AreThreeRuns()
    {
        using var duo = new Duo();
        var tree = (await new TreeSource<string>(duo.Tasks, [3]).SampleAsync(Request(0)))[0].Trajectories;
        Assert.Equal(3, tree.DistinctBy(t => t.Id).Count());
    }

    [Fact]
    public async Task Trainer_ReMax_RunsOneGreedyRolloutATaskAndNeverTrainsIt()
    {
        using var duo = new Duo();
        var step = await new RlTrainer<string>(duo.Models, duo.Tasks, s_options with { Advantage = new ReMaxAdvantage(), GroupSize = 1 }).TrainAsync().FirstAsync();
        Assert.Equal((2, 2, 2), (step.Trajectories.Count, step.Metrics["x/rows"], step.Metrics["y/rows"]));
        Assert.True(double.IsFinite(step.Metrics["reward/greedy"]));
    }

    [Fact]
    public async Task Dynamic_GroupsWithoutASignal_AreSampledAgain()
    {
        using var duo = new Duo();
        var sampled = new List<int>();
        var source = new DynamicSource(new Counting(new TaskSource<string>(duo.Tasks), sampled)) { MaxRounds = 3 };
        var rewards = new RewardComposer().Add(new OutcomeReward(t => t.TaskId == "a" ? 1 : t.Nodes[0].Tokens!.CompletionIds[0] % 2));
        var step = await new RlTrainer(duo.Models, source, s_options with { Rewards = rewards, GroupSize = 8 }).TrainAsync().FirstAsync();
        Assert.Equal(0, step.Metrics["frac_reward_zero_std"]);
        Assert.DoesNotContain(step.Trajectories, t => t.TaskId == "a");
        Assert.InRange(sampled.Count, 1, 3);
    }

    [Fact]
    public async Task Curriculum_SolvedTasks_AreDrawnRarely_AndResumeAlike()
    {
        using var duo = new Duo();
        var source = new CurriculumSource<string>(duo.Tasks);
        Trajectory Run(string task, double reward) => Make.Trajectory($"{task}{reward}", [Make.Node("x", "x")], task, Reward.ForTrajectory("o", reward));
        source.Report(ExperienceGroup.Of([Run("a", 1), Run("b", 1), Run("c", 0), Run("c", 1) with { Id = "c2" }]));
        Assert.Equal((1, 0.5), (source.Success["a"], source.Success["c"]));
        var drawn = new List<string>();
        for (var step = 0; step < 30; step++) drawn.AddRange((await source.SampleAsync(Request(step))).Select(g => g.Trajectories[0].TaskId));
        Assert.True(drawn.Count(t => t is "c" or "d") > 4 * drawn.Count(t => t is "a" or "b"), string.Concat(drawn));
        var resumed = new CurriculumSource<string>(duo.Tasks);
        resumed.RestoreState(source.SaveState());
        Assert.Equal((await source.SampleAsync(Request(99))).Select(g => g.Trajectories[0].Id), (await resumed.SampleAsync(Request(99))).Select(g => g.Trajectories[0].Id));
    }

    [Fact]
    public async Task CoPlayers_TakenSeats_AreRecordedAndNotTrained()
    {
        using var duo = new Duo();
        using var past = new Bandit(seed: 9, map: ModelMap.Full("past", "x", "y"));
        var source = new CoPlayerSource<string>(duo.Tasks, new() { Seats = ["y"], Share = 1 });
        source.Add("past", new("past"), past.Models.GetModel(new("past")).GetChatClient(new("past")));
        var step = await new RlTrainer(duo.Models, source, s_options).TrainAsync().FirstAsync();
        Assert.All(step.Trajectories, t => Assert.Equal(new PolicyId("past"), t.Nodes[1].Tokens!.Policy));
        Assert.Equal(6, step.Metrics["x/rows"]);
        Assert.DoesNotContain("y/rows", step.Metrics.Keys);
        Assert.Contains("Add the same members", Assert.Throws<AgentTeamsException>(() => new CoPlayerSource<string>(duo.Tasks, new() { Seats = ["y"] }).RestoreState(source.SaveState())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UpdateAsync_StoredRuns_LearnsWithImportanceWeights()
    {
        using var duo = new Duo();
        var trainer = new RlTrainer<string>(duo.Models, duo.Tasks, s_options);
        var first = await trainer.TrainAsync().FirstAsync();
        var again = await trainer.UpdateAsync(ExperienceGroup.Of(first.Trajectories), step: 1);
        Assert.Equal(1, again.Updates.Values.Single());
        // The weights have moved since, however exact the engine is.
        Assert.True(again.Metrics["m/sampling/sampling_logp_difference/mean"] > 0);
        Assert.DoesNotContain("m/sampling/sampling_logp_difference/mean", first.Metrics.Keys);
    }

    [Fact]
    public void Trainer_RolesThatTheTeamDoesNotHave_AreNamedBeforeAnythingRuns()
    {
        using var duo = new Duo();
        Assert.Contains("'z'", Assert.Throws<AgentTeamsException>(() => new RlTrainer(duo.Models, new CoPlayerSource<string>(duo.Tasks, new() { Seats = ["z"] }), s_options)).Message, StringComparison.Ordinal);
        Assert.Contains("'z'", Assert.Throws<AgentTeamsException>(() =>
            new RlTrainer<string>(duo.Models, duo.Tasks, s_options with { Credit = new CounterfactualCredit { Roles = ["z"] }, Advantage = new RawAdvantage() })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stored_Groups_AreVisitedInANewOrderEachPass()
    {
        using var duo = new Duo();
        var runs = await new RolloutRunner<string>(duo.Tasks.Rollout, t => t).RunAsync(duo.Tasks.Tasks, 2, new SeedKey(1));
        var source = new StoredSource(runs);
        var seen = new List<string>();
        for (var step = 0; step < 2; step++) seen.AddRange((await source.SampleAsync(Request(step))).Select(g => g.Trajectories[0].TaskId));
        Assert.Equal(["a", "b", "c", "d"], seen.Order());
        Assert.Throws<AgentTeamsException>(() => new StoredSource([]));
    }

    [Fact]
    public async Task Proposed_TasksAtTheEdge_PayTheirProposer_AndBothLearn()
    {
        using var duo = new Duo();
        async Task<Trajectory> ProposeAsync(SeedKey task, SeedKey key, CancellationToken token)
        {
            var response = await duo.Models.GetChatClient(duo.Models.Team["x"]).GetResponseAsync([new(Microsoft.Extensions.AI.ChatRole.User, "d")], new() { Temperature = 1, MaxOutputTokens = 1, Seed = key.ToSeed() }, token);
            return Make.Trajectory(key.ToTrajectoryId(), [Make.Node("propose", "x") with { Output = [.. response.Messages], Tokens = TokenTrace.Of(response), Policy = new("m") }], "propose") with { Key = key };
        }

        // An even token is a task, an odd one none; a task is solved where y's first token is odd.
        string? Parse(Trajectory t) => t.Nodes[0].Tokens!.CompletionIds[0] is var id && id % 2 == 0 ? Bandit.Tasks[id / 2 % 4] : null;
        var source = new ProposedTaskSource<string>(ProposeAsync, Parse, t => t, duo.Tasks.Rollout);
        var rewards = new RewardComposer().Add(new OutcomeReward(t => t.Nodes[1].Tokens!.CompletionIds[0] % 2));
        var groups = await source.SampleAsync(new() { Key = new SeedKey(1, "rl"), Tasks = 12, GroupSize = 4, Judge = (runs, token) => rewards.ScoreAsync(runs, token) });
        foreach (var proposal in groups[0].Trajectories)
        {
            var solutions = Parse(proposal) is { } task ? groups.Skip(1).Single(g => g.Trajectories[0].TaskId == task).Trajectories : [];
            var p = solutions.Length == 0 ? double.NaN : solutions.Average(t => t.Rewards[0].Value);
            Assert.Equal(solutions.Length == 0 ? -1 : 4 * p * (1 - p), proposal.Rewards.Single().Value, 1e-12);
        }

        var step = await new RlTrainer(duo.Models, source, s_options with { Rewards = rewards, TasksPerStep = 12, GroupSize = 4 }).TrainAsync().FirstAsync();
        Assert.Equal(12, step.Trajectories.Count(t => t.Rewards.Single().Name == "proposal"));
        Assert.True(step.Metrics["x/rows"] > 12 && step.Metrics["y/rows"] > 0);
    }

    private static ExperienceRequest Request(int step) => new() { Key = new SeedKey(1, "rl", step), Tasks = 2, GroupSize = 1, Judge = (runs, _) => Task.FromResult(runs) };

    private sealed class Counting(IExperienceSource inner, List<int> steps) : IExperienceSource
    {
        public Task<IReadOnlyList<ExperienceGroup>> SampleAsync(ExperienceRequest request, CancellationToken cancellationToken = default)
        {
            steps.Add(request.Key.Step);
            return inner.SampleAsync(request, cancellationToken);
        }
    }
}
