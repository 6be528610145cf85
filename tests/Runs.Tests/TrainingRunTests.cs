using System.Globalization;

namespace AgentTeams.Tests;

public sealed class TrainingRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("runs").FullName;
    private readonly List<string[]> _optimizers = [];

    private string PathOf(string run) => Path.Combine(_folder, run);

    private static async Task<List<RunEvent>> RunAsync(string folder, Func<RunEvent, bool>? stopAt = null, TrainingRunOptions? options = null)
    {
        using var plan = new SumPlan();
        await using var run = await TrainingRun.OpenAsync(plan.Plan(), (options ?? new()) with { Folder = folder });
        var events = new List<RunEvent>();
        await foreach (var e in run.RunAsync())
        {
            events.Add(e);
            if (stopAt?.Invoke(e) == true) break;
        }

        return events;
    }

    private static TrainingResult ResultOf(List<RunEvent> events) => Assert.IsType<RunCompleted>(events[^1]).Result;

    [Fact]
    public async Task RunAsync_PlanWithEveryStage_TellsEachAndEnds()
    {
        var events = await RunAsync(PathOf("whole"));

        Assert.Equal(["show", "before", "practise", "compare", "prefer", "imitate", "half", "after"], events.OfType<StageCompleted>().Select(e => e.Stage));
        Assert.Equal(["before", "after"], ResultOf(events).Evaluations.Select(e => e.Name));
        Assert.Equal([0, 1, 2], events.OfType<StageStepped>().Where(e => e.Stage == "practise").Select(e => e.Step));
        Assert.All(events.OfType<StageStepped>().Where(e => e.Stage == "half"), e => Assert.False(e.Metrics.ContainsKey("checker/rows")));
        Assert.True(new FileInfo(Path.Combine(PathOf("whole"), "stages", "compare", "preferences.jsonl")).Exists);
    }

    [Fact]
    public async Task RunAsync_StoppedAtEverySecondEvent_EndsWithTheWeightsAndLinesOfAWholeRun()
    {
        var whole = await RunAsync(PathOf("whole"));
        var expected = ResultOf(whole).WeightsSha256;
        for (var stop = 0; ; stop += 2)
        {
            var folder = PathOf($"stopped-{stop}");
            var seen = 0;
            var first = await RunAsync(folder, _ => seen++ == stop, new() { CheckpointEvery = 1 });
            if (first[^1] is RunCompleted) break;

            var result = ResultOf(await RunAsync(folder, options: new() { Resume = ResumeMode.Required }));

            Assert.Equal(expected, result.WeightsSha256);
            using var read = RunFolder.Read(folder);
            using var undisturbed = RunFolder.Read(PathOf("whole"));
            Assert.Equal(undisturbed.Metrics.Select(m => (m.Stage, m.Step)), read.Metrics.Select(m => (m.Stage, m.Step)));
            Assert.Equal(undisturbed.Evaluations.Select(e => (e.Stage, e.Evaluation.Success)), read.Evaluations.Select(e => (e.Stage, e.Evaluation.Success)));
            using var store = new SqliteTrajectoryStore(read.Trajectories);
            using var other = new SqliteTrajectoryStore(undisturbed.Trajectories);
            Assert.Equal(await IdsAsync(other), await IdsAsync(store));
        }

        static async Task<List<string>> IdsAsync(SqliteTrajectoryStore store) => await store.ReadAllAsync().Select(t => t.Id).Order(StringComparer.Ordinal).ToListAsync();
    }

    [Fact]
    public async Task OpenAsync_FolderThatIsHeld_IsRefused()
    {
        using var plan = new SumPlan();
        await using var run = await TrainingRun.OpenAsync(plan.Plan(), new() { Folder = PathOf("held") });

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => TrainingRun.OpenAsync(plan.Plan(), new() { Folder = PathOf("held") }));

        Assert.Contains("going on elsewhere", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_OtherOptions_NamesEachThatDiffers()
    {
        await RunAsync(PathOf("run"), e => e is StageStarted);
        using var plan = new SumPlan();
        var other = plan.Plan();
        var changed = other with
        {
            Seed = 6,
            Stages = [.. other.Stages.Select(s => s.Name == "practise" ? Stage.Reinforce("practise", plan.Tasks, plan.Rl with { GroupSize = 5, Optimizer = new() { LearningRate = 0.5 } }) : s)],
        };

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => TrainingRun.OpenAsync(changed, new() { Folder = PathOf("run") }));

        Assert.Contains("practise.rl.groupSize was '4' and is '5'", error.Message, StringComparison.Ordinal);
        Assert.Contains("practise.rl.optimizer.learningRate was '0.001' and is '0.5'", error.Message, StringComparison.Ordinal);
        Assert.Contains("seed was '5' and is '6'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_OtherWeightOfAReward_IsNamed()
    {
        await RunAsync(PathOf("run"), e => e is StageStarted);
        using var plan = new SumPlan();
        var other = plan.Plan();
        var rewards = new RewardComposer().Add(plan.Tasks.Outcome((s, t) => SumPlan.IsRight(s, t) ? 1 : 0), weight: 0.5);
        var changed = other with { Stages = [.. other.Stages.Select(s => s.Name == "practise" ? Stage.Reinforce("practise", plan.Tasks, plan.Rl with { Rewards = rewards }) : s)] };

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => TrainingRun.OpenAsync(changed, new() { Folder = PathOf("run") }));

        Assert.Contains("practise.rl.rewards.weights[0].value was '1' and is '0.5'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_OtherOptionOfAReward_IsNamedAndACacheIsNone()
    {
        using var judge = new ScriptedChatClient("never");
        var cache = new MemoryJudgeCache();
        using var sums = new SumPlan();
        TrainingPlan Plan(int budget, string criterion) => new("sums", sums.Models)
        {
            Stages =
            [
                Stage.Reinforce("practise", sums.Tasks, sums.Rl with
                {
                    Rewards = new RewardComposer().Add(new LengthReward { Budget = budget })
                        .Add(new CalibratedReward(new RubricReward(judge, [new("right", criterion)], new() { Cache = cache }), new AffineCalibration(0, 1))),
                }),
            ],
        };
        await using (await TrainingRun.OpenAsync(Plan(10, "Is it?"), new() { Folder = PathOf("run") }))
        {
        }

        await cache.AddAsync("key", new(1, ""));
        await using (await TrainingRun.OpenAsync(Plan(10, "Is it?"), new() { Folder = PathOf("run") }))
        {
        }

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => TrainingRun.OpenAsync(Plan(20, "Was it?"), new() { Folder = PathOf("run") }));

        Assert.Contains("practise.rl.rewards.functions[0].budget was '10' and is '20'", error.Message, StringComparison.Ordinal);
        Assert.Contains("functions[1].function.criteria[0].description was 'Is it?' and is 'Was it?'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ValidationThatReachesItsTarget_StopsAndEndsWithTheBestWeights()
    {
        using var plan = new SumPlan();
        var stopping = new TrainingPlan("stopping", plan.Models)
        {
            Stages = [Stage.Reinforce("practise", plan.Tasks, plan.Rl with { Steps = 6 }, new() { Validation = new TeamEvaluator<SumPlan.Sum>(plan.Tasks, SumPlan.IsRight), ValidateEvery = 2, Target = 0 })],
        };
        await using var run = await TrainingRun.OpenAsync(stopping, new() { Folder = PathOf("run") });
        var events = await run.RunAsync().ToListAsync();

        Assert.Equal([0, 1], events.OfType<StageStepped>().Select(e => e.Step));
        Assert.Equal("validation", Assert.Single(events.OfType<TeamEvaluated>()).Evaluation.Name);
        Assert.Contains("the validation reached", Assert.Single(events.OfType<RunMessage>()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_ExamplesThatWereWritten_AreTheSame()
    {
        SftExample[] examples = [new("adder", "1 and 1", "0") { Weight = 0.5f }, new("checker", "a\nb", "\u00FC \"x\"") { Tokens = new([1, 2], [3]), SampledBy = "tiny" }];
        var path = PathOf("examples.jsonl");
        await SftExample.WriteAsync(path, examples);

        Assert.Equal(examples.Select(e => e.ToLine()), await SftExample.ReadAsync(path).Select(e => e.ToLine()).ToListAsync());
        await File.WriteAllTextAsync(path, "{\"messages\":[]}\n");
        Assert.Contains("line 1", (await Assert.ThrowsAsync<AgentTeamsException>(async () => await SftExample.ReadAsync(path).ToListAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TrainedRoles_Alternate_TakesTurns()
    {
        var trained = TrainedRoles.Alternate(2, ["adder"], ["checker"]);

        Assert.Equal([true, true, false, false, true], Enumerable.Range(0, 5).Select(step => trained.Includes("adder", step)));
    }

    [Fact]
    public async Task OpenAsync_PlanWithProblems_TellsAllAndWritesNothing()
    {
        using var plan = new SumPlan();
        var bad = new TrainingPlan("bad", plan.Models)
        {
            Stages =
            [
                Stage.Supervise("a", [new("nobody", "x", "y")], options: new() { BatchSize = 0 }),
                Stage.Reinforce("a", plan.Tasks, new RlOptions { GroupSize = 1, Trained = TrainedRoles.Only("ghost") }),
            ],
        };

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => TrainingRun.OpenAsync(bad, new() { Folder = PathOf("bad") }));

        foreach (var problem in (string[])["2 stages are named 'a'", "'nobody'", "BatchSize is 0", "GroupSize is 1", "Rewards holds no reward function", "'ghost'"])
            Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(PathOf("bad")));
    }

    [Fact]
    public async Task OpenAsync_PreferencesThatCannotBeLearned_TellsAll()
    {
        using var plan = new SumPlan();
        var bad = new TrainingPlan("bad", plan.Models)
        {
            Stages =
            [
                Stage.Prefer("early", "compare"), Stage.CollectPreferences("compare", plan.Tasks, plan.Rewards), Stage.Prefer("none", []), Stage.Prefer("wrong", "early", new() { Loss = new SftLoss() }),
                Stage.Prefer("ghostly", [new("ghost", "q", "a", "b")]),
            ],
        };

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => TrainingRun.OpenAsync(bad, new() { Folder = PathOf("bad") }));

        foreach (var problem in (string[])["pairs of the stage 'compare', but no stage", "no preference pairs", "pairs of the stage 'early', but no stage", "judges no preferences", "'ghost'"])
            Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_PreferencesCollectedOrGiven_AreLearnedAlike()
    {
        var hashes = new List<string>();
        foreach (var given in new[] { false, true })
        {
            using var plan = new SumPlan();
            var folder = PathOf($"given-{given}");
            PreferencePair[] pairs = given ? await PreferencePair.ReadAsync(Path.Combine(PathOf("given-False"), "stages", "compare", "preferences.jsonl")).ToArrayAsync() : [];
            var options = new PreferenceTrainerOptions { Epochs = 3, BatchSize = 2, Optimizer = new() { LearningRate = 1e-3 } };
            var prefer = new TrainingPlan("prefer", plan.Models)
            {
                Stages = [Stage.CollectPreferences("compare", plan.Tasks, plan.Rewards), given ? Stage.Prefer("learn", pairs, options) : Stage.Prefer("learn", "compare", options)],
            };
            var steps = new List<StageStepped>();
            await using var run = await TrainingRun.OpenAsync(prefer, new() { Folder = folder });
            await foreach (var e in run.RunAsync())
            {
                if (e is StageStepped { Stage: "learn" } step) steps.Add(step);
                if (e is RunCompleted done) hashes.Add(done.Result.WeightsSha256);
            }

            Assert.Equal([0, 1, 2], steps.Select(s => s.Step));
            Assert.True(steps[^1].Metrics["tiny/rewards/margins"] > steps[0].Metrics["tiny/rewards/margins"]);
        }

        Assert.Equal(hashes[0], hashes[1]);
    }

    [Fact]
    public async Task RunAsync_TeacherGiven_IsTheReferenceInsteadOfTheWeightsAtTheBeginning()
    {
        using var plan = new SumPlan();
        using var other = new SumPlan(seed: 11);
        var policy = plan.Models.TrainablePolicies[0];
        using var teacher = KlReference.From(plan.Models, await other.Models.GetModel(policy).SnapshotAsync(policy));
        var distil = new TrainingPlan("distil", plan.Models) { Stages = [Stage.Reinforce("distil", plan.Tasks, plan.Rl with { Steps = 1, Loss = new DistillationLoss(), Reference = teacher })] };
        await using var run = await TrainingRun.OpenAsync(distil, new() { Folder = PathOf("distil") });
        await foreach (var e in run.RunAsync())
        {
            if (e is StageStepped step) Assert.NotEqual(0, step.Metrics["tiny/kl"]);
        }

        Assert.False(Directory.Exists(Path.Combine(PathOf("distil"), "stages", "distil", "reference")));
    }

    [Theory]
    [InlineData(ResumeMode.Required, false)]
    [InlineData(ResumeMode.Never, true)]
    public async Task OpenAsync_FolderThatDoesNotFitTheMode_IsRefused(ResumeMode mode, bool isThere)
    {
        if (isThere) await RunAsync(PathOf("run"), e => e is RunStarted);
        using var plan = new SumPlan();

        await Assert.ThrowsAsync<AgentTeamsException>(() => TrainingRun.OpenAsync(plan.Plan(), new() { Folder = PathOf("run"), Resume = mode }));
    }

    [Fact]
    public async Task RunAsync_StopAfter_StopsWithACheckpoint()
    {
        var events = await RunAsync(PathOf("run"), options: new() { StopAfter = new("practise", 2) });

        Assert.Equal(2, Assert.IsType<RunStopped>(events[^1]).Step);
        Assert.IsType<CheckpointSaved>(events[^2]);
    }

    [Fact]
    public async Task RunAsync_BaseThatOnlyAnEarlierStageTrains_GivesItsOptimiserStateBackOnceAdaptersLearn()
    {
        var whole = await RunAsync("whole", new());
        var afterShowing = await RunAsync("stopped", new() { StopAfter = new("practise", 2) });
        Assert.IsType<RunStopped>(afterShowing[^1]);
        var resumed = await RunAsync("stopped", new() { Resume = ResumeMode.Required });

        Assert.Equal(ResultOf(whole).WeightsSha256, ResultOf(resumed).WeightsSha256);
        var states = whole.OfType<CheckpointSaved>().Select(c => c.Stage).Zip(_optimizers).ToLookup(s => s.First, s => s.Second);
        Assert.All(states["show"], names => Assert.Contains("optimizer-base.safetensors", names));
        Assert.NotEmpty(states["practise"]);
        Assert.All(states["practise"], names => Assert.Equal(["optimizer-adapter-adder.safetensors", "optimizer-adapter-checker.safetensors"], names));

        async Task<List<RunEvent>> RunAsync(string folder, TrainingRunOptions options)
        {
            using var plan = new SumPlan(adapters: true);
            var staged = new TrainingPlan("adapted", plan.Models)
            {
                Seed = 5,
                Stages = [Stage.Supervise("show", SumPlan.Examples(SumPlan.Sums), options: new() { MaxEpochs = 2, Patience = null }, onBase: true), Stage.Evaluate("before", plan.Tasks, SumPlan.IsRight), Stage.Reinforce("practise", plan.Tasks, plan.Rl)],
            };
            await using var run = await TrainingRun.OpenAsync(staged, options with { Folder = PathOf(folder), CheckpointEvery = 1 });
            var events = new List<RunEvent>();
            await foreach (var e in run.RunAsync())
            {
                events.Add(e);
                if (e is CheckpointSaved && folder == "whole") _optimizers.Add(NewestOptimizers(PathOf(folder)));
            }

            return events;
        }

        static string[] NewestOptimizers(string folder) => [.. Directory.EnumerateFiles(Directory.EnumerateDirectories(Path.Combine(folder, "checkpoints"), "step-*").MaxBy(d => int.Parse(d[(d.LastIndexOf('-') + 1)..], CultureInfo.InvariantCulture))!,
            "optimizer-*.safetensors", SearchOption.AllDirectories).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
