using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The code of docs/testing.md, which must compile as it stands there, and what it does.</summary>
[Collection(CurrentFolderTests.Name)]
public sealed class GuideTests : IDisposable
{
    private readonly CurrentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Testing_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/testing.md"), "GuideTests.cs");

    [Fact]
    public async Task Guide_FirstTest_Passes()
    {
        var calculator = FakeTool.Of("calculate", (string expression) => expression == "2 + 3" ? 5 : 6);
        var workflow = Team(calculator);
        var script = new TeamScript()
            .Role("planner", "multiply", "add")
            .Role("coder", ScriptedReply.CallTool("calculate", new { expression = "2 * 3" }), "6", ScriptedReply.CallTool("calculate", new { expression = "2 + 3" }), "5")
            .Role("verifier", call => call.Text == "5" ? "ok" : "no");

        var run = await workflow.RecordAsync(new Sum("2 and 3"), script.Runtime, recording: new() { Outcome = s => s.Value });

        run.Trajectory.Check().Completed("5").Turns(2)
            .AskedInOrder("planner", "coder", "coder", "verifier", "planner", "coder", "coder", "verifier")
            .CalledTool("calculate", times: 2).Saw("coder", "add").NeverSaw("coder", "answer key");
        script.EnsureAllUsed();
    }

    [Fact]
    public async Task Guide_Clock_LetsTheRetryHappen()
    {
        var wf = Workflow.CreateBuilder<Sum>("patient", new() { MaxCallRetries = 1 });
        wf.Start(wf.AddRole(new Role { Name = "writer" }, s => s.Question, (s, r) => s with { Value = r.Text }));
        var patient = wf.Build();
        var clock = new TestClock();
        var busyOnce = new ScriptedChatClient(call => call.Index == 0 ? ScriptedReply.Fail(new HttpRequestException("busy")) : "at last");
        var running = patient.RunAsync(new Sum("go"), TeamRuntime.ForAll(busyOnce), new() { TimeProvider = clock });
        await clock.TimersAsync(1);
        clock.Advance(TimeSpan.FromMinutes(1));
        var result = await running;

        Assert.Equal("at last", result.State.Value);
    }

    [Fact]
    public async Task Guide_CrashesAndCassettes_Work()
    {
        var workflow = Team(FakeTool.Of("calculate", (string expression) => 5));
        var pure = new TeamScript().Role("planner", "add").Role("coder", "5").Role("verifier", "ok");
        var commits = await ResumeCheck.ResumesFromEveryCommitAsync(workflow, new Sum("2 and 3"), pure.Runtime);
        Assert.InRange(commits, 3, 9);

        IChatClient? real = new ScriptedChatClient("ok");
        for (var round = 0; round < 2; round++, real = null)
        {
            var cassette = ChatCassette.Open("cassettes/sum.jsonl", real is null ? CassetteMode.Replay : CassetteMode.RecordMissing);
            var answered = await workflow.RecordAsync(new Sum("2 and 3"), TeamRuntime.ForAll(cassette.Around(real)));
            answered.Trajectory.Check().Completed().AskedInOrder("planner", "coder", "verifier");
        }
    }

    private static Workflow<Sum> Team(AIFunction calculator)
    {
        var wf = Workflow.CreateBuilder<Sum>("sum");
        var plan = wf.AddRole(new Role { Name = "planner", Instructions = "Name the operation." }, s => $"{s.Question} {s.Verdict}", (s, r) => s with { Plan = r.Text });
        var code = wf.AddRole(new Role { Name = "coder", Instructions = "Compute it.", Tools = [calculator] }, s => s.Plan, (s, r) => s with { Value = r.Text });
        var verify = wf.AddRole(new Role { Name = "verifier", Instructions = "The answer key says 5." }, s => s.Value, (s, r) => s with { Verdict = r.Text });
        wf.Start(plan).Then(code).Then(verify);
        wf.Branch(verify, b => b.When(s => s.Verdict == "ok", Workflow.End).Otherwise(plan));
        return wf.Build();
    }

    private sealed record Sum(string Question, string Plan = "", string Value = "", string Verdict = "");
}
