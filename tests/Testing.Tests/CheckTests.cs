namespace AgentTeams.Tests;

public sealed class CheckTests
{
    [Fact]
    public async Task Check_RunAsExpected_Passes()
    {
        var team = SumTeam.Create();
        var script = SumTeam.Script();
        var trajectory = (await team.RunAsync(script)) with { Rewards = [Reward.ForTrajectory("outcome", 1)] };

        trajectory.Check().Completed("5").NothingFailed().Turns(2).Asked("planner", 2).Asked("judge", 0)
            .AskedInOrder("planner", "coder", "coder", "verifier", "planner", "coder", "coder", "verifier")
            .CalledTool("calculate", 2).CalledTool("calculate", 1, a => a.GetProperty("expression").GetString() == "2 + 3")
            .Said("verifier", "no").Saw("coder", "multiply").Saw("verifier", "The key is 5").NeverSaw("coder", "The key").Rewarded("outcome", 1);
        script.EnsureAllUsed();
        Assert.Equal(["2 * 3", "2 + 3"], team.Calculator.Calls.Select(c => $"{c["expression"]}"));
    }

    public static TheoryData<string, Action<TrajectoryChecks>> Unmet => new()
    {
        { "Expected the outcome '6'; it is '5'.", c => c.Completed("6") },
        { "Expected a run that failed; it is Completed.", c => c.Failed() },
        { "Expected that 'planner' is asked once; it was 2 times.", c => c.Asked("planner", 1) },
        { "Expected the roles planner; asked were planner, coder,", c => c.AskedInOrder("planner") },
        { "Expected that 'coder' says 'seven'; it did not.", c => c.Said("coder", "seven") },
        { "Expected that 'coder' is shown 'The key'; it was not.", c => c.Saw("coder", "The key") },
        { "Expected that 'verifier' is never shown 'The key'; 'verifier", c => c.NeverSaw("verifier", "The key") },
        { "Expected that 'judge' is asked; it was not.", c => c.NeverSaw("judge", "The key") },
        { "Expected that the tool 'calculate' is called never; it was 2 times.", c => c.CalledTool("calculate", 0) },
        { "Expected 1 turns; there were 2.", c => c.Turns(1) },
        { "Expected a reward 'outcome'; there are none.", c => c.Rewarded("outcome", 1) },
        { "Expected that 'compute' runs; it did not.", c => c.Gave("compute", 1) },
        { "Expected that 'coder' never sees a tool", c => c.NeverSaw("coder", "2 + 3") },
    };

    [Theory]
    [MemberData(nameof(Unmet))]
    public async Task Check_Unmet_SaysWhatWasFoundAndListsTheRun(string message, Action<TrajectoryChecks> check)
    {
        var trajectory = await SumTeam.Create().RunAsync(SumTeam.Script());

        var error = Assert.Throws<TrajectoryCheckException>(() => check(trajectory.Check()));

        // What a role was told of its tools it was shown, too.
        Assert.Contains(message.StartsWith("Expected that 'coder' never sees", StringComparison.Ordinal) ? "Expected that 'coder' is never shown '2 + 3'" : message, error.Message, StringComparison.Ordinal);
        Assert.Contains("\n  planner", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gave_ResultOfAFunction_IsComparedAsJson()
    {
        var wf = Workflow.CreateBuilder<Counter>("count");
        wf.Start(wf.AddFunction("read", (_, _) => new ValueTask<int[]>([1, 2]), (s, v) => s with { Count = v.Length }));
        var run = await wf.Build().RecordAsync(new Counter(), TeamRuntime.ForAll(new ScriptedChatClient("never")));

        run.Trajectory.Check().Gave("read", new[] { 1, 2 });
        Assert.Contains("gives [2]; it gave [1,2]", Assert.Throws<TrajectoryCheckException>(() => run.Trajectory.Check().Gave("read", new[] { 2 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResumesFromEveryCommit_PureUpdates_IsTrueOfEach()
    {
        var team = SumTeam.Create();
        var script = SumTeam.Script();
        var pure = new TeamScript().Role("planner", call => call.Text.Contains("no", StringComparison.Ordinal) ? "add" : "multiply")
            .Role("coder", call => call.Text is "add" or "multiply" ? ScriptedReply.CallTool("calculate", new { expression = call.Text == "add" ? "2 + 3" : "2 * 3" }) : call.AllText.Contains("add", StringComparison.Ordinal) ? "5" : "6")
            .Role("verifier", call => call.Text == "5" ? "ok" : "no");

        Assert.True(await ResumeCheck.ResumesFromEveryCommitAsync(team.Workflow, new("2 and 3"), pure.Runtime) > 8);
        // Replies that are counted are not those of a run that is asked again.
        await Assert.ThrowsAnyAsync<AgentTeamsException>(() => ResumeCheck.ResumesFromEveryCommitAsync(team.Workflow, new("2 and 3"), script.Runtime));
    }

    [Fact]
    public async Task ResumesFromEveryCommit_UpdateThatCounts_SaysAfterWhichCommit()
    {
        var count = 0;
        var wf = Workflow.CreateBuilder<Counter>("count");
        wf.Start(wf.AddFunction("a", s => s with { Count = ++count })).Then(wf.AddFunction("b", s => s with { Count = s.Count + 1 }));
        var workflow = wf.Build();

        var error = await Assert.ThrowsAsync<ResumeCheckException>(() => ResumeCheck.ResumesFromEveryCommitAsync(workflow, new(), TeamRuntime.ForAll(new ScriptedChatClient("never"))));

        Assert.Contains("has another state", error.Message, StringComparison.Ordinal);
    }

    private sealed record Counter(int Count = 0);
}
