using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The code of docs/getting-started.md, as it stands there, from top to bottom.</summary>
internal static class GettingStartedSnippets
{
    public static async Task TrainAsync(McpToolset calculator, IChatClient anyChatClient, IReadOnlyList<Problem> problems)
    {
        var planner = new Role { Name = "planner", Instructions = "Name the operations, not the numbers." };
        var coder = new Role { Name = "coder", Instructions = "Write the expression.", Options = new() { Temperature = 1 } };

        var wf = Workflow.CreateBuilder<MathState>("plan-code");
        var plan = wf.AddRole(planner, s => s.Question, (s, reply) => s with { Plan = reply.Text });
        var code = wf.AddRole(coder, s => $"{s.Question}\n{s.Plan}", (s, reply) => s with { Code = reply.Text });
        var run = wf.AddTool(calculator["calculate"], s => new { expression = s.Code }, (s, result) => s with { Value = result.Text });
        wf.Start(plan).Then(code).Then(run);
        var workflow = wf.Build();

        var recorded = await TrajectoryRecorder.RecordAsync(workflow, new MathState("What is twice the sum of 12 and 30?"),
            TeamRuntime.ForAll(anyChatClient), new() { Seed = new SeedKey(1, Task: "problem-1") });

        using var model = CpuLanguageModel.Load("team", "path/to/model-folder");
        var team = new Team("math", [planner, coder], ModelMap.Full("team", "planner", "coder"));
        using var models = new TeamModels(team, [model]);
        var tasks = TaskSet.Create(problems, p => p.Id, Rollouts.From(workflow, models, (Problem p) => new MathState(p.Question), s => s.Value));
        var rewards = new RewardComposer().Add(tasks.Outcome((problem, trajectory) => trajectory.Outcome == problem.Answer ? 1 : 0));
        var trainer = new RlTrainer<Problem>(models, tasks, new RlOptions { Rewards = rewards, Seed = 1 });
        await foreach (var step in trainer.TrainAsync()) Console.WriteLine(step.Metrics["reward"]);
        model.SavePretrained("path/to/trained");

        var checkpoints = new TrainingCheckpoints("runs/math/checkpoints");
        using var store = await JsonlTrajectoryStore.OpenAsync("runs/math/trajectories.jsonl");
        var done = (await checkpoints.RestoreAsync<string>(models))?.Step ?? 0;
        using var reference = await checkpoints.ReferenceAsync(models, done);
        var kept = new RlTrainer<Problem>(models, tasks, new RlOptions
        {
            Rewards = rewards, Seed = 1, Store = store, Reference = reference, Loss = new PolicyGradientLoss { KlCoefficient = 0.01 },
        });
        await foreach (var step in kept.TrainAsync(firstStep: done)) await checkpoints.SaveAsync(step.Step + 1, models, "a note");
    }

    internal sealed record MathState(string Question, string Plan = "", string Code = "", string Value = "");

    internal sealed record Problem(string Id, string Question, string Answer);
}
