using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The code of docs/prompts.md, which must compile as it stands there, and what it does.</summary>
[Collection(CurrentFolderTests.Name)]
public sealed class PromptsSnippets : IDisposable
{
    private readonly CurrentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Guide_Evolution_FindsTheInstructionsThatTheModelObeys()
    {
        var team = new Team("math", [new Role { Name = "solver", Instructions = "Solve.", Trainable = false }], ModelMap.Frozen("remote", "solver"));
        var obedient = new ScriptedChatClient(call => ScriptedReply.Say(call.Messages[0].Text.Contains("Double", StringComparison.Ordinal) ? $"{2 * call.Messages[^1].Text.Split(" and ").Aggregate(1, (p, n) => p * int.Parse(n))}" : "0"));
        using var models = new TeamModels(team, [], new Dictionary<string, IChatClient> { ["remote"] = obedient });
        var wf = Workflow.CreateBuilder<MathState>("math");
        wf.Start(wf.AddRole(team.Roles[0], s => s.Question, (s, r) => s with { Value = r.Text }));
        var workflow = wf.Build();
        Problem[] problems = [.. Enumerable.Range(1, 8).Select(i => new Problem($"p{i}", $"{i}", $"{2 * i}"))];
        string[] learned = ["p1", "p2", "p3", "p4"], held = ["p5", "p6", "p7", "p8"];
        var writer = new ScriptedChatClient("```\nSolve.\n```", "```\nDouble it.\n```");
        var history = await PromptHistory.OpenAsync("prompts.jsonl");
        await history.CommitAsync(PromptSet.Of(team.Roles), "as declared");

        var tasks = TaskSet.Create(problems, p => p.Id, workflow, models, p => new MathState(p.Question), s => s.Value);
        var rewards = new RewardComposer().Add(tasks.Outcome((p, run) => run.Outcome == p.Answer ? 1 : 0));
        var adapter = new TeamPromptAdapter<Problem>(tasks, rewards, feedback: (p, run) => $"The right answer was {p.Answer}.");
        var evolution = new PromptEvolution(adapter, writer, new() { Tasks = learned, Validation = held, PerfectScore = 1 });

        await foreach (var step in evolution.RunAsync(PromptSet.Of(team.Roles)))
        {
            Console.WriteLine($"{step.Step}: {step.Component} {step.Outcome}, best {step.Committed.Mean:0.00}");
            if (step.Outcome == PromptOutcome.Committed) await history.CommitAsync(step.Committed.Prompts, $"validation {step.Committed.Mean:0.00}");
        }

        Assert.Equal("Double it.", history.Current!.Prompts.Instructions["solver"]);

        var current = (await PromptHistory.OpenAsync("prompts.jsonl")).Current?.Prompts ?? PromptSet.Of(team.Roles);
        var result = await workflow.RunAsync(new MathState("6 and 2"), models.Runtime, new() { Middleware = [current.ToMiddleware()] });

        Assert.Equal("24", result.State.Value);

        var back = await history.RollBackAsync("complaints");
        Console.WriteLine($"{back.Prompts.Version} is in use again");

        Assert.Equal("Solve.", history.Current.Prompts.Instructions["solver"]);
    }

    private sealed record Problem(string Id, string Question, string Answer);

    private sealed record MathState(string Question, string Value = "");
}
