using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;

namespace AgentTeams.Samples.PlanCodeTest;

/// <summary>What the team hands on.</summary>
internal sealed record Coding(CodeTask Task, string Helper = "", string Main = "", string Outcome = "")
{
    /// <summary>The task's head, which may import or define what is needed, and what both wrote.</summary>
    public string Program => $"{Task.Prompt}\n{Helper}\n\n{Main}\n";
}

/// <summary>A planner divides the task and writes a helper, a coder writes the function with it, a tester runs the tests in a sandbox.</summary>
internal static partial class CodeTeam
{
    public const string Helper = "aux", Tester = "tester";

    public static Role Planner { get; } = new()
    {
        Name = "planner",
        Instructions = $"Think of a part of the task that is worth a function of its own. Write that function in Python, named {Helper}, with a docstring. Write nothing else.",
    };

    public static Role Coder { get; } = new() { Name = "coder", Instructions = $"Write the function in Python. Use {Helper}, which exists already; do not define it again. Write nothing else." };

    public static Workflow<Coding> Create(AIFunction runTests)
    {
        var wf = Workflow.CreateBuilder<Coding>("plan-code-test");
        var plan = wf.AddRole(Planner, s => s.Task.Prompt, (s, reply) => s with { Helper = Code(reply.Text) });
        var code = wf.AddRole(Coder, s => $"{s.Task.Prompt}\n\nThe helper:\n{s.Helper}", (s, reply) => s with { Main = Code(reply.Text) });
        var test = wf.AddTool(runTests, s => new { language = "python", code = s.Program, tests = s.Task.Test, entry_point = s.Task.EntryPoint },
            (s, result) => s with { Outcome = result.Json?.GetProperty("outcome").GetString() ?? throw new AgentTeamsException(result.Text) }, new() { Name = Tester });
        wf.Start(plan).Then(code).Then(test);
        return wf.Build();
    }

    // Models like to fence code.
    private static string Code(string text) => Fence().Match(text) is { Success: true } fenced ? fenced.Groups[1].Value : text;

    [GeneratedRegex("```(?:python|py)?[ \t]*\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fence();
}
