using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The code of docs/training.md and docs/evaluation.md, as it stands there.</summary>
internal static class TrainingSnippets
{
    public static async Task<TrainingResult?> PlanAsync(TeamModels models, TaskSet<Problem> tasks, TaskSet<Problem> test, RewardComposer rewards)
    {
        var plan = new TrainingPlan("math", models)
        {
            Seed = 1,
            Stages =
            [
                Stage.Supervise("show", [new("coder", "6 apples and 2 more", "+"), new("coder", "6 pens, 2 lost", "-")]),
                Stage.Evaluate("before", test, (p, run) => run.Outcome == p.Answer),
                Stage.Reinforce("practise", tasks, RlOptions.Grpo with { Rewards = rewards, Steps = 50 }),
                Stage.Evaluate("after", test, (p, run) => run.Outcome == p.Answer),
            ],
        };
        var result = await plan.RunAsync(new() { Folder = "runs/math" });
        return result;
    }

    public static IReadOnlyList<ITrainingStage> Stages(TaskSet<Problem> tasks, RewardComposer rewards)
    {
        var imitate = Stage.Supervise("imitate", async (context, token) =>
        {
            var runs = await new RolloutRunner<Problem>(tasks.Rollout, tasks.GetId, context.Rollouts).RunAsync(tasks.Tasks, samples: 4, context.Key, token);
            return new SftData([.. SftExample.From(runs.Where(r => r.Outcome == tasks[r.TaskId].Answer))], Validation: []);
        });

        var options = RlOptions.Grpo with { Rewards = rewards, Steps = 200, Trained = TrainedRoles.Alternate(stepsEach: 20, ["planner"], ["coder"]) };
        var practise = new[]
        {
            Stage.Reinforce("practise", tasks, options),
            Stage.Reinforce("verifier", tasks, options with { Trained = TrainedRoles.Only("verifier") }),
        };
        return [imitate, .. practise];
    }

    public static async Task WatchAsync(TrainingPlan plan)
    {
        await using var run = await TrainingRun.OpenAsync(plan, new() { Folder = "runs/math", CheckpointEvery = 5 });
        await foreach (var e in run.RunAsync())
        {
            if (e is StageStepped step) Console.WriteLine($"{step.Stage} {step.Step}: {step.Metrics.GetValueOrDefault("reward"):0.00}");
            if (e is TeamEvaluated made) Console.WriteLine($"{made.Evaluation.Name}: {made.Evaluation.Success.Rate:P1}");
        }

        await RunReport.WriteAsync(RunFolder.Read("runs/math"), store: null);
        RunReport.WriteComparison([RunFolder.Read("runs/math"), RunFolder.Read("runs/other")], "comparison.html");
    }

    public static async Task EvaluateAsync(Problem[] problems, Workflow<MathState> workflow, TeamModels models)
    {
        var tasks = TaskSet.Create(problems, p => p.Id, workflow, models, p => new MathState(p.Question), s => s.Value);
        var evaluator = new TeamEvaluator<Problem>(tasks, (p, run) => run.Outcome == p.Answer, new() { Samples = 4, K = [1, 2, 4] })
        {
            Measures = new Dictionary<string, Func<Problem, Trajectory, double?>> { ["rounds"] = (_, run) => run.Nodes.Max(n => n.Turn) + 1 },
        };
        var made = await evaluator.EvaluateAsync("after", new SeedKey(1, "eval"));
        Console.WriteLine($"{made.Success.Rate:P1}, 95 % between {made.Success.Interval.Low:P1} and {made.Success.Interval.High:P1}");
        Console.WriteLine($"pass@4 {made.PassAtK[4]:P1}, maj@4 {made.MajorityAtK[4]:P1}, coder wrote {made.Roles["coder"].OutputTokens} tokens");

        var without = new TeamEvaluator<Problem>(tasks.With(o => o with
        {
            Middleware = [WorkflowMiddleware.OnModelCall((call, next, token) => call.Role.Name == "planner"
                ? Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "no plan"))) : next(call, token))],
        }), (p, run) => run.Outcome == p.Answer, new() { Samples = 4, K = [1, 2, 4] });
        var solo = await without.EvaluateAsync("without a planner", new SeedKey(1, "eval"));
        var gain = solo.CompareTo(made, new Random(1));
        Console.WriteLine($"a planner is worth {100 * gain.MeanDifference:0.0} points, 95 % between {100 * gain.Low:0.0} and {100 * gain.High:0.0}");
    }

    public static ITrainingStage Ablate(TaskSet<Problem> tasks, IChatClient stronger)
    {
        var parts = Stage.Ablate("parts", tasks, (p, run) => run.Outcome == p.Answer,
        [
            Ablation.Solo("coder"),
            Ablation.Say("planner", "add"),
            Ablation.Swap("planner"),
            Ablation.Play("coder", stronger, "coder by a larger model"),
        ]);
        return parts;
    }

    public static async Task RegisterAsync(TeamModels models)
    {
        var registry = new ModelRegistry("models");
        var version = await registry.AddAsync("math", models, new() { Run = "runs/math", Base = "Qwen2.5-0.5B-Instruct" });
        registry.Promote("math", version.Number);
        await registry.LoadAsync("math", models);
    }

    internal sealed record Problem(string Id, string Question, string Answer);

    internal sealed record MathState(string Question, string Value = "");
}
