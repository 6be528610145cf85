using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace AgentTeams.Tests;

internal static class CliSnippets
{
    public static async Task<int> RunAsync(string[] args)
    {
return await TeamCommandLine.InvokeAsync(args, new MathProgram());
    }
}

internal sealed record MathOptions
{
    [Description("Steps of reinforcement learning."), Range(1, 1000)]
    public int Steps { get; init; } = 50;

    [Description("Which weights answer for which role."), AllowedValues("full", "adapters")]
    public string Mapping { get; init; } = "full";
}

internal sealed class MathProgram : TeamProgram<MathOptions>
{
    public override string Name => "math";

    public override Task<TeamSession> StartAsync(MathOptions options, CancellationToken cancellationToken)
    {
        var (workflow, models, tasks, rewards) = MathTeam.Create(options.Mapping);
        return Task.FromResult(new TeamSession
        {
            Plan = new("math", models) { Stages = [Stage.Reinforce("practise", tasks, RlOptions.Grpo with { Rewards = rewards, Steps = options.Steps })] },
            Ask = async (question, key, token) =>
                (await workflow.RecordAsync(new MathState(question), models.Runtime, new() { Seed = key }, new() { Outcome = s => s.Value }, token)).Trajectory,
        });
    }
}

internal sealed record MathState(string Question, string Value = "");

internal static class MathTeam
{
    private static readonly string[] Sums = ["1 and 1", "1 and 2"];

    public static (Workflow<MathState> Workflow, TeamModels Models, TaskSet<string> Tasks, RewardComposer Rewards) Create(string mapping)
    {
        var adder = new Role { Name = "adder", Instructions = "Add.", Options = new() { MaxOutputTokens = 2 } };
        var wf = Workflow.CreateBuilder<MathState>("math");
        wf.Start(wf.AddRole(adder, s => s.Question, (s, reply) => s with { Value = reply.Text }));
        var workflow = wf.Build();
        var model = CpuLanguageModel.Create(LocalModelOptions.FromTexts("tiny", Sums, new SeedKey(1)));
        if (mapping == "adapters") model.AddAdapter("adder", new SeedKey(1));
        var models = new TeamModels(new("math", [adder], mapping == "adapters" ? ModelMap.Adapters("tiny", "adder") : ModelMap.Full("tiny", "adder")), [model]);
        var tasks = TaskSet.Create(Sums, s => s, workflow, models, s => new MathState(s), s => s.Value);
        return (workflow, models, tasks, new RewardComposer().Add(tasks.Outcome((s, run) => run.Outcome == (s == "1 and 1" ? "2" : "3") ? 1 : 0)));
    }
}
