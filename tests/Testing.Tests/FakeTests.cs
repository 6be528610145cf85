using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class FakeTests
{
    [Fact]
    public async Task InPlaceOf_RealTool_KeepsItsSchemaAndDoesNoneOfItsWork()
    {
        var real = AIFunctionFactory.Create((string city) => city.Length > 0 ? throw new InvalidOperationException("asked the network") : "", "weather", "The weather of a city.");
        var fake = FakeTool.InPlaceOf(real, arguments => $"rain in {arguments["city"]}");

        Assert.Equal("rain in Rome", await fake.InvokeAsync(new() { ["city"] = "Rome" }));
        Assert.Equal((real.Name, real.Description, real.JsonSchema.ToString()), (fake.Name, fake.Description, fake.JsonSchema.ToString()));
        Assert.Equal("Rome", Assert.Single(fake.Calls)["city"]);
    }

    [Fact]
    public async Task Failing_Tool_IsRecordedAsFailed()
    {
        var wf = Workflow.CreateBuilder<Seen>("broken");
        wf.Start(wf.AddTool(FakeTool.Failing("search", new IOException("offline")), _ => new { }, (s, _) => s));
        var run = await wf.Build().RecordAsync(new Seen(""), TeamRuntime.ForAll(new ScriptedChatClient("never")));

        run.Trajectory.Check().Failed("offline").CalledTool("search", 1);
    }

    [Fact]
    public async Task TimersAsync_RetryThatWaits_LetsTheTestMoveTheClock()
    {
        var clock = new TestClock();
        var client = new ScriptedChatClient(call => call.Index == 0 ? ScriptedReply.Fail(new HttpRequestException("busy")) : "at last");
        var wf = Workflow.CreateBuilder<Seen>("patient");
        wf.Start(wf.AddRole(new Role { Name = "writer" }, s => s.Text, (s, r) => s with { Text = r.Text }, options: new() { MaxCallRetries = 2 }));
        var running = wf.Build().RunAsync(new Seen("go"), TeamRuntime.ForAll(client), new() { TimeProvider = clock });
        await clock.TimersAsync(1);
        Assert.False(running.IsCompleted);
        clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("at last", (await running).State.Text);
        await Assert.ThrowsAsync<TaskCanceledException>(() => clock.TimersAsync(100, new(canceled: true)));
    }

    [Fact]
    public async Task NothingFailed_CallThatHadToBeTriedAgain_IsTold()
    {
        var clock = new TestClock();
        var client = new ScriptedChatClient(call => call.Index == 0 ? ScriptedReply.Fail(new HttpRequestException("busy")) : "at last");
        var wf = Workflow.CreateBuilder<Seen>("patient");
        wf.Start(wf.AddRole(new Role { Name = "writer" }, s => s.Text, (s, r) => s with { Text = r.Text }, options: new() { MaxCallRetries = 1 }));
        var recording = wf.Build().RecordAsync(new Seen("go"), TeamRuntime.ForAll(client), new() { TimeProvider = clock });
        await clock.TimersAsync(1);
        clock.Advance(TimeSpan.FromMinutes(1));
        var trajectory = (await recording).Trajectory;

        trajectory.Check().Completed().Asked("writer", 1);
        Assert.Contains("Expected that no call fails; 'writer", Assert.Throws<TrajectoryCheckException>(() => trajectory.Check().NothingFailed()).Message, StringComparison.Ordinal);
    }

    private sealed record Seen(string Text);
}
