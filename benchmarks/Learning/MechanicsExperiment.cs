namespace AgentTeams.Benchmarks.Learning;

/// <summary>M0: the machinery on which all others rest.</summary>
internal static class MechanicsExperiment
{
    private static readonly string[] s_questions = Games.Questions(4);
    private static readonly RewardComposer s_rewards = new RewardComposer().Add(new OutcomeReward(t => t.Nodes.Count(n => TinyTeam.Digit(n) == Games.QuestionOf(t))));

    public static async Task<IReadOnlyList<Criterion>> RunAsync()
    {
        var found = await Experiment.EachSeedAsync(9, async seed =>
        {
            var (same, hot) = await LogProbsAsync(seed);
            var (resumed, restarted) = await ResumeAsync(seed);
            var (threads, otherSeed) = (await WeightsAsync(seed, 1) == await WeightsAsync(seed, 2) ? 0.0 : 1, await WeightsAsync(seed, 1) == await WeightsAsync(seed + 100, 1) ? 0.0 : 1);
            var (merged, plain) = await MergeAsync(seed);
            return [same, hot, resumed, restarted, threads, otherSeed, merged, plain, Permuted(seed)];
        });
        return
        [
            Criterion.AtMost("a recorded log-probability / the recomputed one, largest difference, end of sequence included", 1e-5, found[0]),
            Criterion.AtLeast("recomputed at another temperature", 1e-3, found[1], control: true),
            Criterion.AtMost("killed and resumed, weights that differ", 0, found[2]),
            Criterion.AtLeast("resumed without the optimiser's state", 1, found[3], control: true),
            Criterion.AtMost("one thread and two, weights that differ", 0, found[4]),
            Criterion.AtLeast("another seed", 1, found[5], control: true),
            Criterion.AtMost("an adapter merged into its base, largest difference of a probability", 1e-5, found[6]),
            Criterion.AtLeast("the base without it", 1e-4, found[7], control: true),
            Criterion.AtMost("rows in another order, advantages that differ", 0, found[8]),
        ];
    }

    private static RlOptions OptionsOf(int seed) => new() { Rewards = s_rewards, Seed = seed, Steps = 6, TasksPerStep = 4, GroupSize = 4, Optimizer = new() { LearningRate = 5e-3 } };

    private static RlTrainer TrainerOf(TinyTeam team, int seed) => new(team.Models, new TaskSource<string>(Games.Together(team, s_questions, 2)), OptionsOf(seed));

    private static async Task<(double Same, double Hot)> LogProbsAsync(int seed)
    {
        using var team = new TinyTeam(seed, ModelMap.Separate("r0", "r1"));
        var (same, hot) = (0.0, 0.0);
        await foreach (var step in TrainerOf(team, seed).TrainAsync())
        {
            if (step.Step < 5) continue;
            // The weights have moved on since, so new runs are scored.
            foreach (var group in await new TaskSource<string>(Games.Together(team, s_questions, 2)).SampleAsync(new() { Key = new(seed, "check"), Tasks = 4, GroupSize = 4, Judge = (r, _) => Task.FromResult(r) }))
            {
                foreach (var (run, node) in group.Trajectories.SelectMany(t => t.Nodes.Select(n => (t, n))))
                {
                    var row = RlRows.Of(run, node)!;
                    async Task<double> Distance(TrainingRow r) => (await team.Models.GetModel(node.Policy!).ScoreAsync(node.Policy!, [r]))[0].LogProbs.Zip(r.BehaviorLogProbs, (a, b) => Math.Abs((double)a - b)).Max();
                    same = Math.Max(same, await Distance(row));
                    hot = Math.Max(hot, await Distance(row with { Temperature = 2 }));
                }
            }
        }

        return (same, hot);
    }

    private static async Task<(double Resumed, double Restarted)> ResumeAsync(int seed)
    {
        var whole = await WeightsAsync(seed, 1);
        var folder = Directory.CreateTempSubdirectory();
        var checkpoints = new TrainingCheckpoints(folder.FullName);
        using (var killed = new TinyTeam(seed, ModelMap.Separate("r0", "r1")))
        {
            await foreach (var step in TrainerOf(killed, seed).TrainAsync())
            {
                if (step.Step < 2) continue;
                await checkpoints.SaveAsync(3, killed.Models, "note");
                break;
            }
        }

        async Task<double> GoOnAsync(bool withOptimizer)
        {
            using var team = new TinyTeam(seed + 50, ModelMap.Separate("r0", "r1"));
            await checkpoints.RestoreAsync<string>(team.Models);
            using var fresh = withOptimizer ? null : Forgetful(team);
            var used = fresh ?? team;
            await foreach (var _ in TrainerOf(used, seed).TrainAsync(3)) { }
            return await used.Models.WeightsHashAsync() == whole ? 0 : 1;
        }

        var result = (await GoOnAsync(true), await GoOnAsync(false));
        folder.Delete(recursive: true);
        return result;
    }

    // The same weights in models that have never learned.
    private static TinyTeam Forgetful(TinyTeam from)
    {
        var folders = new Dictionary<string, string>();
        foreach (var model in from.Models.Models.OfType<LocalLanguageModel>())
        {
            folders[model.Id] = Directory.CreateTempSubdirectory().FullName;
            model.SavePretrained(folders[model.Id]);
        }

        var team = new TinyTeam(ModelMap.Separate("r0", "r1"), id => CpuLanguageModel.Load(id, folders[id], options: new CpuModelOptions { Threads = 1 }));
        foreach (var folder in folders.Values) Directory.Delete(folder, recursive: true);
        return team;
    }

    private static async Task<string> WeightsAsync(int seed, int threads)
    {
        using var team = new TinyTeam(seed, ModelMap.Separate("r0", "r1"), threads: threads);
        await foreach (var _ in TrainerOf(team, seed).TrainAsync()) { }
        return await team.Models.WeightsHashAsync();
    }

    private static async Task<(double Merged, double Plain)> MergeAsync(int seed)
    {
        using var team = new TinyTeam(seed, ModelMap.Adapters("m", "r0", "r1"));
        await foreach (var _ in TrainerOf(team, seed).TrainAsync()) { }
        var model = team.Models.Models.OfType<LocalLanguageModel>().Single();
        var adapted = await team.ProbabilitiesAsync(0, "<q1>");
        var asked = await team.AskAsync(0, "<q1>", new SeedKey(0));
        async Task<double> DistanceAsync()
        {
            var rows = Enumerable.Range(0, 10).Select(d => new TrainingRow { PromptIds = asked.Tokens!.PromptIds, CompletionIds = [.. model.Tokenizer.Encode($"{d}")[..1]], Constraints = asked.Tokens.Constraints }).ToList();
            return (await model.ScoreAsync(model.Base, rows)).Zip(adapted, (s, p) => Math.Abs(Math.Exp(s.LogProbs[0]) - p)).Max();
        }

        var plain = await DistanceAsync();
        model.MergeAdapter(asked.Policy!);
        return (await DistanceAsync(), plain);
    }

    private static double Permuted(int seed)
    {
        var random = new Random(seed);
        AdvantageSample[] samples = [.. Enumerable.Range(0, 16).Select(i => new AdvantageSample($"t{i}", random.NextDouble()) { Tokens = 1 + i % 5 })];
        int[] order = [.. Enumerable.Range(0, 16)];
        random.Shuffle(order);
        IGroupAdvantage[] all = [new GrpoAdvantage(), GrpoAdvantage.Magrpo, new RlooAdvantage(), new OpoAdvantage(), new GpgAdvantage(), new PassAtKAdvantage(), new MaxBaselineAdvantage()];
        return all.Sum(estimator =>
        {
            var straight = estimator.Estimate([new SampleGroup("", samples)])[0];
            var shuffled = estimator.Estimate([new SampleGroup("", [.. order.Select(i => samples[i])])])[0];
            return order.Select((from, to) => straight[from] == shuffled[to] ? 0 : 1).Sum();
        });
    }
}
