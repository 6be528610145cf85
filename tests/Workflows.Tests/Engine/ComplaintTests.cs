using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>What users of other engines complain of, each as they would have wanted it.</summary>
public sealed class ComplaintTests
{
    private static readonly Role Speaker = new() { Name = "speaker" };

    [Fact]
    public void Build_NodeAfterWhichNothingIsSaid_IsToldAndNotDropped()
    {
        var wf = Workflow.CreateBuilder<Reviews>("w");
        var lost = wf.Note("lost");
        var start = wf.Note("start");
        wf.Start(start);
        wf.Branch(start, b => b.When(s => s.Round > 0, lost).Otherwise(Workflow.End));

        Assert.Equal("w/lost", Assert.Single(Assert.Throws<WorkflowDefinitionException>(wf.Build).Problems).Path);
    }

    [Fact]
    public async Task RunAsync_TemporaryFailureAfterMuchWork_DiscardsNoneOfIt()
    {
        var (store, client, isDown) = (new ListStore(), new ScriptedChatClient(call => ScriptedReply.Say($"{call.Index}")), true);
        var wf = Workflow.CreateBuilder<Reviews>("w");
        var chain = wf.Start(wf.AddRole(Speaker, s => "q", (s, r) => s.Note(r.Text), options: new() { Name = "s0" }));
        for (var i = 1; i < 5; i++) chain = chain.Then(wf.AddRole(Speaker, s => "q", (s, r) => s.Note(r.Text), options: new() { Name = $"s{i}" }));
        chain.Then(wf.AddFunction("last", s => isDown ? throw new IOException("down") : s.Note("up")));
        var workflow = wf.Build();
        await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new(), Helpers.Runtime(client), DurableTeam.Options(store)));
        isDown = false;

        var result = await workflow.RunAsync(new(), Helpers.Runtime(client), DurableTeam.Options(store));

        Assert.Equal(["0", "1", "2", "3", "4", "up"], result.State.Notes);
        Assert.Equal(5, client.Calls.Count);
    }

    [Fact]
    public async Task ResumeAsync_WorkflowThatGotANodeAfterWhatWasDone_GoesOnWithIt()
    {
        static Workflow<Reviews> Version(int version)
        {
            var wf = Workflow.CreateBuilder<Reviews>("w");
            var chain = wf.Start(wf.Note("first")).Then(wf.AddHuman<string, string>("ask", s => "ok?", (s, a) => s.Note(a)));
            if (version == 2) chain.Then(wf.Note("new"));
            return wf.Build();
        }

        var store = new ListStore();
        var options = DurableTeam.Options(store) with { Responder = null };
        await Version(1).RunAsync(new(), Helpers.NoModel, options);
        await Version(2).AnswerAsync(store, "run", "ask", "yes");

        Assert.Equal(["first", "yes", "new"], (await Version(2).ResumeAsync(Helpers.NoModel, options)).State.Notes);
    }

    [Fact]
    public async Task RunAsync_FailingAgentInABranch_IsItsCauseAndNoTimeout()
    {
        var client = new ScriptedChatClient(call => call.Text == "bad" ? ScriptedReply.Fail(new IOException("quota")) : ScriptedReply.Never());
        var workflow = Graphs.Build(wf => wf.AddParallel("both", p => p
            .Branch(wf.AddRole(Speaker, s => "slow", (s, r) => s, options: new() { Name = "slow" })).Branch(wf.AddRole(Speaker, s => "bad", (s, r) => s, options: new() { Name = "bad" }))));

        var error = await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new(), Helpers.Runtime(client)));

        Assert.Equal(("bad", "quota"), (error.NodeId, error.InnerException?.Message));
    }

    [Fact]
    public async Task RecordAsync_Usage_CountsEveryCallOfEveryRoleAlsoBetweenTools()
    {
        var client = new ScriptedChatClient(ScriptedReply.CallTool("look").WithUsage(10, 1), ScriptedReply.Say("done").WithUsage(10, 1));
        var workflow = Graphs.Build(wf => wf.AddRole(Speaker with { Tools = [AIFunctionFactory.Create(() => "x", "look")] }, s => "q", (s, r) => s));

        Assert.Equal(new TokenUsage(20, 2), (await workflow.RecordAsync(new(), Helpers.Runtime(client))).Trajectory.Usage);
    }

    [Fact]
    public async Task StreamAsync_ReaderThatStopsReading_PausesItsRunAndNoOther()
    {
        var client = new ScriptedChatClient("a");
        var workflow = Graphs.Build(wf => wf.AddLoop("loop", wf.AddRole(Speaker, s => "q", (s, r) => s.Note(r.Text)), s => s.Notes.Count == 5));
        await using var paused = workflow.StreamAsync(new(), Helpers.Runtime(client)).GetAsyncEnumerator();
        while (await paused.MoveNextAsync() && paused.Current is not NodeCompleted) { }

        Assert.Single(client.Calls);
        Assert.Equal(5, (await workflow.RunAsync(new(), Helpers.Runtime(client))).State.Notes.Count);
        Assert.Equal(6, client.Calls.Count);

        var rest = 0;
        while (await paused.MoveNextAsync()) rest += paused.Current is NodeCompleted ? 1 : 0;
        Assert.Equal(5, rest);
        Assert.Equal(10, client.Calls.Count);
    }

    [Fact]
    public async Task StreamAsync_ReaderThatLeaves_StopsTheNodesThatRun()
    {
        var stopped = new TaskCompletionSource();
        var workflow = Graphs.Build(wf => wf.AddParallel("both", p => p.Branch(wf.Note("fast")).Branch(wf.AddFunction("slow", async (_, token) =>
        {
            await using var registration = token.Register(() => stopped.TrySetResult());
            await Task.Delay(Timeout.Infinite, token);
            return "never";
        }, (s, n) => s.Note(n)))));
        await foreach (var e in workflow.StreamAsync(new(), Helpers.NoModel))
        {
            if (e is NodeStarted { Name: "slow" }) break;
        }

        Assert.True(stopped.Task.IsCompleted);
    }
}
