using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The README's first snippet, as it stands there.</summary>
internal static class ReadmeSnippets
{
    public static async Task TrainAsync(IChatClient chatClient, IReadOnlyList<Problem> problems)
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
        var tasks = TaskSet.Create(problems, p => p.Id, Rollouts.From(workflow, models, (Problem p) => new MathState(p.Question), s => s.Value));
        var rewards = new RewardComposer().Add(tasks.Outcome((p, t) => t.Outcome == p.Answer ? 1 : 0));
        var trainer = new RlTrainer<Problem>(models, tasks, RlOptions.Grpo with { Rewards = rewards });
        await foreach (var step in trainer.TrainAsync())
            Console.WriteLine($"{step.Step}: {step.Metrics["reward"]:0.00}");
    }

    internal sealed record MathState(string Question, string Plan = "", string Code = "", string Value = "");

    internal sealed record Problem(string Id, string Question, string Answer);
}
