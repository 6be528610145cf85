using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The README's first snippet, as it stands there.</summary>
internal static class ReadmeSnippets
{
    public static async Task TrainAsync(IChatClient chatClient, IReadOnlyList<Problem> problems, IReadOnlyDictionary<string, string> answers)
    {
        var planner = new Role { Name = "planner", Instructions = "Name the operations." };
        var coder = new Role { Name = "coder", Instructions = "Write the expression." };

        await using var tools = await McpToolset.ConnectStdioAsync(new() { Name = "calculator", Command = "dotnet", Arguments = ["calculator.dll"] });
        var wf = Workflow.CreateBuilder<MathState>("plan-code");
        var plan = wf.AddRole(planner, s => s.Question, (s, reply) => s with { Plan = reply.Text });
        var code = wf.AddRole(coder, s => $"{s.Question}\n{s.Plan}", (s, reply) => s with { Code = reply.Text });
        var run = wf.AddTool(tools["calculate"], s => new { expression = s.Code }, (s, result) => s with { Value = result.Text });
        wf.Start(plan).Then(code).Then(run);
        var workflow = wf.Build();

        // Run it on any IChatClient.
        var result = await workflow.RunAsync(new("What is twice 21?"), TeamRuntime.ForAll(chatClient));

        // Train it: the same workflow, on local weights that both roles share.
        var team = new Team("math", [planner, coder], ModelMap.Full("tiny", "planner", "coder"));
        using var models = new TeamModels(team, [CpuLanguageModel.Load("tiny", "models/tiny")]);
        Rollout<Problem> rollout = async (p, key, ct) => (await TrajectoryRecorder.RecordAsync(workflow, new MathState(p.Question),
            models.Runtime, new() { Seed = key }, new() { Outcome = s => s.Value }, ct)).Trajectory;
        var rewards = new RewardComposer([(new OutcomeReward(t => t.Outcome == answers[t.TaskId] ? 1 : 0), 1)]);
        var trainer = new RlTrainer<Problem>(models, problems, p => p.Id, rollout, rewards, new RlOptions());
        await foreach (var step in trainer.TrainAsync(run: 1))
            Console.WriteLine($"{step.Step}: {step.Metrics["reward"]:0.00}");
    }

    internal sealed record MathState(string Question, string Plan = "", string Code = "", string Value = "");

    internal sealed record Problem(string Id, string Question);
}
