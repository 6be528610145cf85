using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>A team that is tested: a planner, a coder with a tool, a verifier who may send back.</summary>
internal sealed record SumTeam(Workflow<SumTeam.State> Workflow, FakeTool Calculator)
{
    public static SumTeam Create()
    {
        var calculator = FakeTool.Of("calculate", (string expression) => expression == "2 + 3" ? 5 : 6);
        var planner = new Role { Name = "planner", Instructions = "Name the operation." };
        var coder = new Role { Name = "coder", Instructions = "Compute it.", Tools = [calculator] };
        var verifier = new Role { Name = "verifier", Instructions = "Say ok or no. The key is 5." };
        var wf = AgentTeams.Workflow.CreateBuilder<State>("sum");
        var plan = wf.AddRole(planner, s => $"{s.Question} {s.Verdict}", (s, r) => s with { Plan = r.Text });
        var code = wf.AddRole(coder, s => s.Plan, (s, r) => s with { Value = r.Text });
        var verify = wf.AddRole(verifier, s => s.Value, (s, r) => s with { Verdict = r.Text, Rounds = s.Rounds + 1 });
        wf.Start(plan).Then(code).Then(verify);
        wf.Branch(verify, b => b.When(s => s.Verdict == "ok" || s.Rounds == 3, AgentTeams.Workflow.End).Otherwise(plan));
        return new(wf.Build(), calculator);
    }

    public static TeamScript Script() => new TeamScript().Role("planner", "multiply", "add")
        .Role("coder", call => call.Messages[^1].Role == ChatRole.Tool ? call.AllText.Contains("add", StringComparison.Ordinal) ? "5" : "6"
            : ScriptedReply.CallTool("calculate", new { expression = call.Text == "add" ? "2 + 3" : "2 * 3" }))
        .Role("verifier", call => call.Text == "5" ? "ok" : "no");

    public async Task<Trajectory> RunAsync(TeamScript script) =>
        (await Workflow.RecordAsync(new State("2 and 3"), script.Runtime, recording: new() { Outcome = s => s.Value })).Trajectory;

    internal sealed record State(string Question, string Plan = "", string Value = "", string Verdict = "", int Rounds = 0);
}
