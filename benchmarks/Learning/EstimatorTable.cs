using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AgentTeams.Samples;
using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Benchmarks.Learning;

/// <summary>
/// What each estimator, credit rule and source comes to on the generated word problems, from the same supervised weights and for the same number of model calls.
/// </summary>
internal static class EstimatorTable
{
    private const int Calls = 30_000;
    private const int Window = 5;

    private sealed record Recipe(string Name, Func<RlOptions, RlOptions> Change, Func<TaskSet<Problem>, IExperienceSource>? Source = null, bool ValueHeads = false, WeightFormat Sampling = WeightFormat.Stored);

    private sealed record Found(double Success, double CallsToGoal, double Seconds);

    private static readonly Recipe[] s_recipes =
    [
        new("GRPO, batch std, by role and turn", o => o),
        new("GRPO, group std, by role and turn (AT-GRPO)", o => o with { Advantage = new GrpoAdvantage() }),
        new("GRPO, group std, by role (Dr. MAS)", o => o with { Advantage = new GrpoAdvantage(), GroupKey = GroupKey.ByRole }),
        new("Dr. GRPO", o => o with { Advantage = GrpoAdvantage.DrGrpo, Aggregation = LossAggregation.DrGrpo(16) }),
        new("RLOO", o => o with { Advantage = new RlooAdvantage() }),
        new("MAGRPO", o => o with { Advantage = GrpoAdvantage.Magrpo, Credit = new ReturnToGoCredit(), Loss = RlOptions.Magrpo.Loss, Aggregation = RlOptions.Magrpo.Aggregation }),
        new("REINFORCE++", o => o with { Advantage = new ReinforcePlusPlusAdvantage() }),
        new("REINFORCE++ with baseline", o => o with { Advantage = new ReinforcePlusPlusAdvantage { GroupBaseline = true } }),
        new("ReMax", o => o with { Advantage = new ReMaxAdvantage(), GroupKey = GroupKey.ByRole, GroupSize = 3 }),
        new("OPO", o => o with { Advantage = new OpoAdvantage() }),
        new("GPG", o => o with { Advantage = new GpgAdvantage() }),
        new("pass@k", o => o with { Advantage = new PassAtKAdvantage() }),
        new("group maximum", o => o with { Advantage = new MaxBaselineAdvantage() }),
        new("GiGPO", o => o with { Advantage = new GigpoAdvantage() }),
        new("joint credit", o => o with { Credit = new JointCredit() }),
        new("return to go", o => o with { Credit = new ReturnToGoCredit() }),
        new("rank consistency", o => o with { Credit = new RankConsistencyCredit() }),
        new("counterfactual, 1 twin", o => o with { Credit = new CounterfactualCredit(), Advantage = new RawAdvantage(), GroupSize = 1 }),
        new("counterfactual, 3 twins", o => o with { Credit = new CounterfactualCredit { Twins = 3 }, Advantage = new RawAdvantage(), GroupSize = 1, TasksPerStep = 24 }),
        new("tree of 4", o => o with { Credit = new TreeBackupCredit(), GroupKey = GroupKey.ByRoleAndTurn | GroupKey.Context }, tasks => new TreeSource<Problem>(tasks, [2, 2])),
        new("curriculum", o => o, tasks => new CurriculumSource<Problem>(tasks)),
        new("one step behind", o => o with { Staleness = 1 }),
        new("GAE, value heads", o => o with
        {
            Advantage = new GaeAdvantage(), Loss = LossSum.Of(new PolicyGradientLoss { EntropyCoefficient = 0.01 }, new ValueLoss(), 0.5),
        }, ValueHeads: true),
        new("replies in BF16", o => o, Sampling: WeightFormat.BFloat16),
        new("replies in Q8", o => o, Sampling: WeightFormat.Q8),
        new("GSPO", o => o with { Loss = new GspoLoss { EntropyCoefficient = 0.01 } }),
        new("GMPO", o => o with { Loss = new GmpoLoss { EntropyCoefficient = 0.01 } }),
        new("CISPO", o => o with { Loss = new CispoLoss { EntropyCoefficient = 0.01 } }),
        new("SAPO", o => o with { Loss = new SapoLoss { EntropyCoefficient = 0.01 } }),
    ];

    /// <summary>Measures.</summary>
    /// <param name="chosen">Beginnings of the recipes' names, and <c>seed-N</c> for seeds; all of either where none is named.</param>
    public static async Task RunAsync(IReadOnlyList<string> chosen)
    {
        const string Seed = "seed-";
        List<int> seedNumbers = [.. chosen.Where(c => c.StartsWith(Seed, StringComparison.Ordinal)).Select(c => int.Parse(c[Seed.Length..], CultureInfo.InvariantCulture))];
        if (seedNumbers.Count == 0) seedNumbers = [.. Enumerable.Range(1, Experiment.Seeds)];
        string[] only = [.. chosen.Where(c => !c.StartsWith(Seed, StringComparison.Ordinal))];
        var root = Directory.CreateTempSubdirectory();
        var rows = new List<(Recipe Recipe, List<Found> Seeds)>(s_recipes.Where(r => only.Length == 0 || only.Any(o => r.Name.StartsWith(o, StringComparison.OrdinalIgnoreCase))).Select(r => (r, new List<Found>())));
        var shown = new List<double>();
        foreach (var seed in seedNumbers)
        {
            shown.Add(await SuperviseAsync(seed, Folder(root, seed)));
            foreach (var (recipe, seeds) in rows)
            {
                seeds.Add(await TrainAsync(recipe, seed, Folder(root, seed)));
                Console.Error.WriteLine($"seed {seed}: {recipe.Name} {seeds[^1].Success:P1} in {seeds[^1].Seconds:0} s");
            }
        }

        root.Delete(recursive: true);
        Console.WriteLine($"Supervised: {shown.Average():P1}. Then {Calls:N0} model calls each, seeds {string.Join(", ", seedNumbers)}.");
        Console.WriteLine("| recipe | success | 95 % | calls to 70 % | seconds |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (recipe, seeds) in rows.OrderByDescending(r => r.Seeds.Average(s => s.Success)))
        {
            var (mean, half) = (seeds.Average(s => s.Success), HalfWidth([.. seeds.Select(s => s.Success)]));
            var calls = seeds.All(s => double.IsFinite(s.CallsToGoal)) ? seeds.Average(s => s.CallsToGoal).ToString("N0", CultureInfo.InvariantCulture) : $"{seeds.Count(s => double.IsFinite(s.CallsToGoal))} of {seeds.Count} seeds";
            Console.WriteLine($"| {recipe.Name} | {mean:P1} | {mean - half:P1} to {mean + half:P1} | {calls} | {seeds.Average(s => s.Seconds):0} |");
        }

        Console.WriteLine(JsonSerializer.Serialize(new { calls = Calls, supervised = shown, rows = rows.Select(r => new { name = r.Recipe.Name, success = r.Seeds.Select(s => Math.Round(s.Success, 4)), callsTo70 = r.Seeds.Select(s => double.IsFinite(s.CallsToGoal) ? s.CallsToGoal : -1), seconds = r.Seeds.Select(s => Math.Round(s.Seconds, 1)) }) }));
    }

    // Student's t for two degrees of freedom.
    private static double HalfWidth(double[] values)
    {
        var mean = values.Average();
        return values.Length < 2 ? 0 : 4.303 * Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1) / values.Length);
    }

    private static string Folder(DirectoryInfo root, int seed) => Path.Combine(root.FullName, seed.ToString(CultureInfo.InvariantCulture));

    /// <summary>Shows a team of a seed what to say, keeps its weights in a folder, and tells how often it is right then.</summary>
    public static async Task<double> SuperviseAsync(int seed, string folder)
    {
        await using var session = await new WordProblemProgram().StartAsync(new() { Seed = seed, Steps = 0 }, default);
        var plan = new TrainingPlan("supervised", session.Plan.Models) { Seed = seed, Stages = [.. session.Plan.Stages.Take(2)] };
        await plan.RunAsync(new() { Folder = Path.Combine(folder, "run") }, new() { Output = RunOutput.None });
        foreach (var model in session.Plan.Models.Models) await model.SaveAsync(Path.Combine(folder, model.Id));
        return await SuccessAsync(session.Plan.Models, seed);
    }

    private static async Task<Found> TrainAsync(Recipe recipe, int seed, string folder)
    {
        var program = new WordProblemProgram(given => CpuLanguageModel.Create(given, new() { SamplingWeights = recipe.Sampling }));
        await using var session = await program.StartAsync(new() { Seed = seed, Steps = 0 }, default);
        var models = session.Plan.Models;
        foreach (var model in models.Models) await model.LoadAsync(Path.Combine(folder, model.Id));
        if (recipe.ValueHeads) foreach (var policy in models.TrainablePolicies) ((LocalLanguageModel)models.GetModel(policy)).AddValueHead(policy);
        await using var calculator = await McpToolset.ConnectStdioAsync(CalculatorServer.Options(), default);
        var tasks = PlanOf(models, calculator, seed, out var problems).TasksOf(problems.Unlabelled);
        var options = recipe.Change(WordProblemPlan.RlOptionsOf(new() { Seed = seed, Steps = 10_000 }) with { TasksPerStep = 64, MiniBatches = 2, Schedule = LearningRateSchedule.Constant, Seed = seed, Rewards = TeamRewards.Create(tasks, outcome: true) });
        var watch = Stopwatch.StartNew();
        var (calls, reached) = (0.0, double.PositiveInfinity);
        var outcomes = new List<double>();
        await foreach (var step in new RlTrainer(models, recipe.Source?.Invoke(tasks) ?? new TaskSource<Problem>(tasks), options).TrainAsync())
        {
            calls += step.Metrics["model_calls"];
            outcomes.Add(step.Metrics["rewards/outcome/mean"]);
            if (double.IsInfinity(reached) && outcomes.Count >= Window && outcomes.TakeLast(Window).Average() >= 0.7) reached = calls;
            if (calls >= Calls) break;
        }

        watch.Stop();
        return new(await SuccessAsync(models, seed), reached, watch.Elapsed.TotalSeconds);
    }

    private static async Task<double> SuccessAsync(TeamModels models, int seed)
    {
        await using var calculator = await McpToolset.ConnectStdioAsync(CalculatorServer.Options(), default);
        var tasks = PlanOf(models, calculator, seed, out var problems).TasksOf(problems.Test);
        return (await new TeamEvaluator<Problem>(tasks, WordProblemPlan.IsRight).EvaluateAsync("test", new SeedKey(seed, "test"))).Success.Rate;
    }

    private static WordProblemPlan PlanOf(TeamModels models, McpToolset calculator, int seed, out ProblemSets problems)
    {
        var options = new RunOptions { Seed = seed };
        problems = ProblemSets.Load(options);
        return new(options, problems, models, WordProblemTeam.Define(models.Team, calculator["calculate"]));
    }
}
