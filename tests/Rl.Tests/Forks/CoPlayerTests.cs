namespace AgentTeams.Tests;

/// <summary>Opponents in all that may be done with their runs, and sources inside of sources.</summary>
public sealed class CoPlayerTests
{
    private static readonly RewardComposer s_rewards = new RewardComposer().Add(new OutcomeReward(t => t.Nodes.Sum(n => n.Text.Length % 3)));
    private static readonly RlOptions s_options = RlOptions.Grpo with { Rewards = s_rewards, Steps = 2, TasksPerStep = 2, GroupSize = 3 };

    [Fact]
    public async Task Forks_OfRunsWithAGuest_ArePlayedWithTheGuest()
    {
        using var duo = new Duo();
        var source = WithParrot(duo);
        var group = (await source.SampleAsync(Request(0)))[0];
        var twins = await source.Forks.RunAsync([.. group.Trajectories.Select((t, i) => new Fork { Parent = t, Calls = new Dictionary<string, CallChange> { ["x"] = CallChange.Resample }, Sample = i })]);
        Assert.All(twins, t => Assert.Equal("hello", t.Nodes[1].Text));
        var stranger = group.Trajectories[0] with { Key = group.Trajectories[0].Key! with { Path = "with a stranger" } };
        Assert.Contains("'with a stranger'", (await Assert.ThrowsAsync<AgentTeamsException>(() => source.Forks.RunAsync([new Fork { Parent = stranger }]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trainer_GuestWithoutTraces_IsPassedOver_AlsoInTwins()
    {
        using var duo = new Duo();
        var step = await new RlTrainer(duo.Models, WithParrot(duo), s_options with { Credit = new CounterfactualCredit { Roles = ["x"] }, Advantage = new RawAdvantage() }).TrainAsync().FirstAsync();
        Assert.Equal(2 * 3 * 2, step.Metrics["x/rows"]);
        Assert.DoesNotContain("y/rows", step.Metrics.Keys);
        Assert.Equal(6, (await new RlTrainer(duo.Models, WithParrot(duo), s_options).TrainAsync().FirstAsync()).Metrics["x/rows"]);
    }

    [Fact]
    public async Task Trainer_ReMaxWithAGuest_ComparesWithAGreedyRunAgainstTheSame()
    {
        using var duo = new Duo();
        var group = (await WithParrot(duo).SampleAsync(Request(0) with { GreedyRollouts = 1 }))[0];
        Assert.Equal("hello", Assert.Single(group.Greedy).Nodes[1].Text);
        var step = await new RlTrainer(duo.Models, WithParrot(duo), s_options with { Advantage = new ReMaxAdvantage(), GroupSize = 1, GroupKey = GroupKey.ByRole }).TrainAsync().FirstAsync();
        Assert.True(double.IsFinite(step.Metrics["reward/greedy"]));
    }

    [Fact]
    public async Task UpdateAsync_OpponentOfOneGroup_LearnsInAnother()
    {
        using var duo = new Duo();
        var runs = await new RolloutRunner<string>(duo.Tasks.Rollout, t => t).RunAsync(["a", "b"], 3, new SeedKey(1));
        var groups = ExperienceGroup.Of(runs);
        var step = await new RlTrainer(duo.Models, new StoredSource(runs), s_options).UpdateAsync([groups[0] with { Opponents = [new("m")] }, groups[1]]);
        Assert.Equal((3, 3), (step.Metrics["x/rows"], step.Metrics["y/rows"]));
    }

    [Fact]
    public void Add_NameThatIsTaken_IsRefused()
    {
        using var duo = new Duo();
        using var parrot = new ScriptedChatClient("hello");
        Assert.Contains("'parrot' already", Assert.Throws<AgentTeamsException>(() => WithParrot(duo).Add("parrot", null, parrot)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dynamic_OverACurriculum_TellsItOfWhatIsPassedOver_AndIsResumed()
    {
        using var duo = new Duo();
        var curriculum = new CurriculumSource<string>(duo.Tasks);
        var source = new DynamicSource(curriculum) { MaxRounds = 2 };
        var rewards = new RewardComposer().Add(new OutcomeReward(t => t.TaskId == "a" ? 1 : t.Nodes[0].Tokens!.CompletionIds[0] % 2));
        var step = await new RlTrainer(duo.Models, source, s_options with { Rewards = rewards, GroupSize = 8, TasksPerStep = 4 }).TrainAsync().FirstAsync();
        Assert.DoesNotContain(step.Trajectories, t => t.TaskId == "a");
        Assert.Equal(1, curriculum.Success["a"]);
        var resumed = new CurriculumSource<string>(duo.Tasks);
        await new RlTrainer(duo.Models, new DynamicSource(resumed), s_options with { Steps = 1 }).TrainAsync(1, step.State).ToListAsync();
        Assert.Equal(curriculum.Success, resumed.Success);
    }

    [Fact]
    public void Dynamic_NoRounds_AreRefused()
    {
        using var duo = new Duo();
        Assert.Contains("MaxRounds is 0", Assert.Throws<AgentTeamsException>(() => new DynamicSource(new TaskSource<string>(duo.Tasks)) { MaxRounds = 0 }).Message, StringComparison.Ordinal);
    }

    private static CoPlayerSource<string> WithParrot(Duo duo)
    {
        var source = new CoPlayerSource<string>(duo.Tasks, new() { Seats = ["y"], Share = 1 });
        source.Add("parrot", null, new ScriptedChatClient("hello"));
        return source;
    }

    private static ExperienceRequest Request(int step) => new() { Key = new SeedKey(1, "rl", step), Tasks = 2, GroupSize = 3, Judge = (runs, _) => Task.FromResult(runs) };
}
