using System.Collections.Immutable;

namespace AgentTeams.Tests;

/// <summary>Combinations of options, and experience, that are easily forgotten.</summary>
public sealed class RlTrainerFaultTests
{
    private static readonly RewardComposer s_rewards = new RewardComposer().Add(new OutcomeReward(t => t.Nodes.Sum(n => n.Tokens?.CompletionIds[0] % 2 ?? 0)));
    private static readonly RlOptions s_options = RlOptions.Grpo with { Rewards = s_rewards, Steps = 4, TasksPerStep = 2, GroupSize = 3 };

    [Fact]
    public void KlPenalty_MoreRunsThanItsHorizon_KeepsItsSign()
    {
        var penalty = new KlPenalty { Target = 1, Horizon = 100 };
        Assert.Equal(0.08, penalty.Next(0.1, kl: 0, runs: 100), 1e-12);
        Assert.Equal(0.08, penalty.Next(0.1, kl: 0, runs: 4096), 1e-12);
        Assert.Equal(0.12, penalty.Next(0.1, kl: 1e300, runs: 4096), 1e-12);
    }

    [Fact]
    public async Task KlPenalty_TokensLikelierThanInTheReference_LowersTheirAdvantage()
    {
        using var duo = new Duo();
        using var other = new Bandit(seed: 5);
        using var reference = await KlReference.TakeAsync(other.Models);
        var critic = new Noting();
        var options = s_options with
        {
            Rewards = new RewardComposer().Add(new OutcomeReward(_ => 0)), KlPenalty = new() { Coefficient = 2 }, Reference = reference, Critic = critic,
            Advantage = new GaeAdvantage { Whiten = false, Lambda = 1 },
        };
        var step = await new RlTrainer<string>(duo.Models, duo.Tasks, options).TrainAsync().FirstAsync();
        var tokens = step.Trajectories.SelectMany(t => t.Nodes).Sum(n => n.Tokens!.CompletionIds.Length);
        // With no other reward and no values, what a run is said to return is its divergence, negated and doubled.
        Assert.NotEqual(0, step.Metrics["kl_penalty"], 1e-6);
        Assert.Equal(-2 * step.Metrics["kl_penalty"] * tokens, critic.Returns, 1e-6);
        var ungrouped = await new RlTrainer<string>(duo.Models, duo.Tasks, options with { Advantage = new RawAdvantage() }).TrainAsync().FirstAsync();
        Assert.NotEqual(0, ungrouped.Metrics["m/loss"]);
    }

    [Fact]
    public async Task ReMax_GreedyRunThatBroke_CostsItsGroupOnly()
    {
        using var bandit = new Bandit();
        var trainer = bandit.Trainer(s_options with { Advantage = new ReMaxAdvantage(), GroupSize = 1, TasksPerStep = 4, Rewards = Bandit.Rewards }, rollout: async (task, key, token) =>
        {
            var run = await bandit.RolloutAsync(task, key, token);
            return task == "a" && key.Path.Length > 0 ? run with { Status = TrajectoryStatus.Failed, Error = new("HttpRequestException", "the server is down") } : run;
        });
        Assert.Equal(3, (await trainer.TrainAsync().FirstAsync()).Metrics["x/rows"]);
    }

    [Fact]
    public async Task UpdateAsync_Nothing_ChangesNothing()
    {
        using var duo = new Duo();
        var trainer = new RlTrainer<string>(duo.Models, duo.Tasks, s_options);
        var before = await duo.Models.WeightsHashAsync();
        var none = await trainer.UpdateAsync([]);
        var empty = await trainer.UpdateAsync([new() { Trajectories = [] }]);
        Assert.Equal((0, 0), (none.Updates.Values.Sum(), empty.Updates.Values.Sum()));
        Assert.Equal(before, await duo.Models.WeightsHashAsync());
    }

    [Fact]
    public async Task Critic_RowsOfPoliciesThatAreNotTrained_AreNeitherAskedAboutNorLearned()
    {
        using var duo = new Duo();
        using var past = new Bandit(seed: 9, map: ModelMap.Full("past", "x", "y"));
        var source = new CoPlayerSource<string>(duo.Tasks, new() { Seats = ["y"], Share = 1 });
        source.Add("past", new("past"), past.Models.GetModel(new("past")).GetChatClient(new("past")));
        var critic = new Noting();
        await new RlTrainer(duo.Models, source, s_options with { Advantage = new GaeAdvantage(), Critic = critic }).TrainAsync().FirstAsync();
        Assert.Equal(["x"], critic.Asked.Distinct());
        Assert.Equal(critic.Asked, critic.Learned);
    }

    [Fact]
    public void RoleOptimizers_OutOfRange_OrOfAFrozenRole_AreRefused()
    {
        using var duo = new Duo();
        RlOptions With(AdamWOptions optimizer) => s_options with { RoleOptimizers = ImmutableSortedDictionary<string, AdamWOptions>.Empty.Add("x", optimizer) };
        Assert.Contains("RoleOptimizers[\"x\"].LearningRate is -1", Assert.Throws<AgentTeamsException>(() => new RlTrainer<string>(duo.Models, duo.Tasks, With(new() { LearningRate = -1 }))).Message, StringComparison.Ordinal);
        using var bandit = new Bandit(map: ModelMap.Separate("x", "y"));
        using var models = new TeamModels(new Team("half", [new Role { Name = "x", Trainable = false }, new Role { Name = "y" }], ModelMap.Separate("x", "y")), bandit.Models.Models, leaveOpen: true);
        Assert.Contains("the role 'x', which is not trained", Assert.Throws<AgentTeamsException>(() => new RlTrainer(models, new TaskSource<string>(duo.Tasks), With(new()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dynamic_Stale_JudgesEachRunOnce()
    {
        using var duo = new Duo();
        var judged = new List<string>();
        var rewards = new RewardComposer().Add(new OutcomeReward(t =>
        {
            judged.Add(t.Id);
            return t.Nodes[0].Tokens!.CompletionIds[0] % 2;
        }));
        await new RlTrainer(duo.Models, new DynamicSource(new TaskSource<string>(duo.Tasks)), s_options with { Rewards = rewards, Staleness = 1, GroupSize = 8 }).TrainAsync().ToListAsync();
        Assert.Equal(judged.Distinct(), judged);
    }

    [Theory]
    [InlineData("proposed")]
    [InlineData("dynamic")]
    [InlineData("curriculum")]
    [InlineData("tree")]
    [InlineData("adaptive")]
    [InlineData("counterfactual")]
    public async Task TrainAsync_KilledAfterAnyStep_EndsWithTheSameWeights(string kind)
    {
        var options = s_options with { Staleness = 1, KlPenalty = kind == "adaptive" ? new() { Target = 1e-4, Horizon = 8 } : null };
        if (kind == "counterfactual") options = options with { Credit = new CounterfactualCredit(), Advantage = new RawAdvantage() };
        using var whole = new Duo();
        using var start = await KlReference.TakeAsync(whole.Models);
        await Trainer(whole, new MemoryStore()).TrainAsync().ToListAsync();
        var expected = await whole.Models.WeightsHashAsync();
        for (var done = 1; done < options.Steps; done++)
        {
            var folder = Directory.CreateTempSubdirectory();
            var store = new MemoryStore();
            using var killed = new Duo();
            var last = await Trainer(killed, store).TrainAsync().ElementAtAsync(done - 1);
            var checkpoints = new TrainingCheckpoints(folder.FullName);
            await checkpoints.SaveAsync(done, killed.Models, last.State);
            using var resumed = new Duo();
            var (step, state) = (await checkpoints.RestoreAsync<System.Text.Json.JsonElement?>(resumed.Models))!.Value;
            await Trainer(resumed, store, concurrency: 1).TrainAsync(step, state).ToListAsync();
            Assert.Equal(expected, await resumed.Models.WeightsHashAsync());
            folder.Delete(recursive: true);
        }

        RlTrainer Trainer(Duo duo, ITrajectoryStore store, int concurrency = 512)
        {
            var rollouts = new RolloutOptions { Store = store, Models = duo.Models, MaxConcurrency = concurrency };
            IExperienceSource source = kind switch
            {
                "proposed" => new ProposedTaskSource<string>((_, key, token) => duo.Tasks.Rollout("a", key with { Task = "a" }, token), t => Bandit.Tasks[t.Nodes[0].Tokens!.CompletionIds[0] % 4], t => t, duo.Tasks.Rollout,
                    new() { SuccessAt = 2 }, rollouts),
                "dynamic" => new DynamicSource(new CurriculumSource<string>(duo.Tasks, rollouts: rollouts)),
                "curriculum" => new CurriculumSource<string>(duo.Tasks, rollouts: rollouts),
                "tree" => new TreeSource<string>(duo.Tasks, [2, 2], rollouts),
                _ => new TaskSource<string>(duo.Tasks, rollouts),
            };
            return new(duo.Models, source, options with { Store = store, Reference = kind == "adaptive" ? start : null });
        }
    }

    private sealed class Noting : ICritic
    {
        public List<string?> Asked { get; } = [];

        public List<string?> Learned { get; } = [];

        public double Returns { get; private set; }

        public Task<IReadOnlyList<IReadOnlyList<double>>> ValuesAsync(IReadOnlyList<InvocationReturn> invocations, CancellationToken cancellationToken = default)
        {
            Asked.AddRange(invocations.Select(i => i.Node.Role));
            return Task.FromResult<IReadOnlyList<IReadOnlyList<double>>>([.. invocations.Select(i => new double[i.Node.Tokens!.CompletionIds.Length])]);
        }

        public Task<double> LearnAsync(IReadOnlyList<InvocationReturn> invocations, IReadOnlyList<double[]> returns, CancellationToken cancellationToken = default)
        {
            Learned.AddRange(invocations.Select(i => i.Node.Role));
            var streams = invocations.Zip(returns).GroupBy(r => (r.First.Trajectory.Id, r.First.Node.Role));
            Returns += streams.Sum(s => s.First().Second[0]);
            return Task.FromResult(0.0);
        }
    }
}
