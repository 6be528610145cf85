using System.Diagnostics;
using AgentTeams.Samples;
using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Benchmarks.Learning;

/// <summary>What the arithmetic of reinforcement learning costs beside sampling and gradients: credit, advantages, rows, and the loss with its gradient.</summary>
internal static class CostExperiment
{
    private const int Steps = 6;

    public static async Task<IReadOnlyList<Criterion>> RunAsync()
    {
        await using var session = await new WordProblemProgram().StartAsync(new() { Seed = 1, Steps = 0 }, default);
        await using var calculator = await McpToolset.ConnectStdioAsync(CalculatorServer.Options(), default);
        var models = session.Plan.Models;
        var options = new RunOptions { Seed = 1, Steps = Steps };
        var problems = ProblemSets.Load(options);
        var tasks = new WordProblemPlan(options, problems, models, WordProblemTeam.Define(models.Team, calculator["calculate"])).TasksOf(problems.Unlabelled);
        var rl = WordProblemPlan.RlOptionsOf(options) with { Rewards = TeamRewards.Create(tasks, outcome: true), Seed = 1 };
        var (learning, all) = (TimeSpan.Zero, TimeSpan.Zero);
        await foreach (var step in new RlTrainer(models, new TaskSource<Problem>(tasks), rl).TrainAsync())
        {
            // The first step compiles what all others run.
            var watch = Stopwatch.StartNew();
            foreach (var (_, rows) in await RlRows.FromAsync(models, step.Trajectories, rl))
            {
                List<TokenScores> scores = [.. rows.Select(r => new TokenScores(r.BehaviorLogProbs, new float[r.CompletionIds.Length], []))];
                rl.Loss.Evaluate(rows, scores, [.. rows.Select(r => new TokenGradient(new float[r.CompletionIds.Length], new float[r.CompletionIds.Length], []))]);
            }

            watch.Stop();
            if (step.Step == 0) continue;
            learning += watch.Elapsed;
            all += step.RolloutTime + step.UpdateTime;
        }

        return [Criterion.AtMost("credit, advantages, rows and loss with its gradient, part of a training step", 0.03, [learning / all])];
    }
}
