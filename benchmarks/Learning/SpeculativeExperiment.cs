using AgentTeams.Samples;
using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Benchmarks.Learning;

/// <summary>What it saves to try first what was said in the last epoch: the time and the passes of rollouts from the second epoch on, with drafts and without, from the same supervised weights.</summary>
internal static class SpeculativeExperiment
{
    private const int TasksPerStep = 32;
    private const int StepsPerEpoch = 2;
    private const int Steps = 8;

    private sealed record Found(double Seconds, double Passes, double Accepted);

    public static async Task<IReadOnlyList<Criterion>> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory();
        var criteria = new List<Criterion>();
        try
        {
            await SuperviseAsync(folder.FullName);
            foreach (var concurrency in new[] { 512, 4 })
            {
                var plain = await TrainAsync(folder.FullName, concurrency, isSpeculative: false);
                var drafted = await TrainAsync(folder.FullName, concurrency, isSpeculative: true);
                criteria.Add(Criterion.AtMost($"{concurrency} rollouts at once: rollout time with drafts, part of that without", 1.1, [drafted.Seconds / plain.Seconds]));
                criteria.Add(Criterion.AtMost($"{concurrency} rollouts at once: passes with drafts, part of those without", 1, [drafted.Passes / plain.Passes]));
                criteria.Add(Criterion.AtLeast($"{concurrency} rollouts at once: part of the tokens that were taken from drafts", 0.3, [drafted.Accepted]));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return criteria;
    }

    private static async Task SuperviseAsync(string folder)
    {
        await using var session = await new WordProblemProgram().StartAsync(new() { Seed = 1, Steps = 0 }, default);
        var plan = new TrainingPlan("supervised", session.Plan.Models) { Seed = 1, Stages = [.. session.Plan.Stages.Take(2)] };
        await plan.RunAsync(new() { Folder = Path.Combine(folder, "run") }, new() { Output = RunOutput.None });
        foreach (var model in session.Plan.Models.Models) await model.SaveAsync(Path.Combine(folder, model.Id));
    }

    private static async Task<Found> TrainAsync(string folder, int concurrency, bool isSpeculative)
    {
        await using var session = await new WordProblemProgram().StartAsync(new() { Seed = 1, Steps = 0 }, default);
        var models = session.Plan.Models;
        foreach (var model in models.Models) await model.LoadAsync(Path.Combine(folder, model.Id));
        await using var calculator = await McpToolset.ConnectStdioAsync(CalculatorServer.Options(), default);
        var run = new RunOptions { Seed = 1, Steps = Steps };
        var problems = ProblemSets.Load(run);
        var tasks = new WordProblemPlan(run, problems, models, WordProblemTeam.Define(models.Team, calculator["calculate"])).TasksOf([.. problems.Unlabelled.Take(TasksPerStep * StepsPerEpoch)]);
        var options = WordProblemPlan.RlOptionsOf(run) with { TasksPerStep = TasksPerStep, Seed = 1, Rewards = TeamRewards.Create(tasks, outcome: true), MaxConcurrency = concurrency };
        var rollouts = new RolloutOptions { Models = models, MaxConcurrency = concurrency };
        IExperienceSource source = isSpeculative ? new SpeculativeSource<Problem>(tasks, rollouts) : new TaskSource<Problem>(tasks, rollouts);
        var (seconds, passes, accepted) = (0.0, 0L, new List<double>());
        var before = Passes(models);
        await foreach (var step in new RlTrainer(models, source, options).TrainAsync())
        {
            if (step.Step >= StepsPerEpoch)
            {
                seconds += step.RolloutTime.TotalSeconds;
                passes += Passes(models) - before;
                accepted.Add(step.Metrics.GetValueOrDefault("speculative/accepted_tokens"));
            }

            before = Passes(models);
        }

        return new(seconds, passes, accepted.Average());
    }

    private static long Passes(TeamModels models) => models.Models.OfType<LocalLanguageModel>().Sum(m => m.Statistics.Passes);
}
