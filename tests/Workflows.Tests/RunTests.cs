using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class RunTests
{
    [Fact]
    public async Task RunAsync_Chain_VisitsInOrder()
    {
        var wf = Workflow.CreateBuilder<Counter>("chain");
        var a = wf.AddFunction("a", s => s.Add("a"));
        var b = wf.AddFunction("b", (_, _) => new ValueTask<string>("b"), (s, b) => s.Add(b));
        var c = wf.AddFunction("c", s => s.Add("c"));
        wf.Start(b).Then(a).Then(c);

        var result = await wf.Build().RunAsync(new(), Helpers.NoModel);

        Assert.Equal("bac", result.State.Log);
        Assert.Equal(["b", "a", "c"], result.Nodes.Select(n => n.Id));
        Assert.Equal([[], ["b"], ["a"]], result.Nodes.Select(n => n.Parents.ToArray()));
        Assert.Equal(3, result.Steps);
    }

    [Theory]
    [InlineData(1, "small", "s")]
    [InlineData(50, "large", "l")]
    public async Task RunAsync_Branch_TakesTheFirstConditionThatHoldsAndRecordsIt(int value, string branch, string log)
    {
        var wf = Workflow.CreateBuilder<Counter>("branch");
        var start = wf.AddFunction("start", s => s);
        var small = wf.AddFunction("small", s => s.Add("s"));
        var large = wf.AddFunction("large", s => s.Add("l"));
        wf.Start(start);
        wf.Branch(start, b => b.When(s => s.Value > 10, large).When(s => s.Value > 20, Workflow.End).Otherwise(small));
        wf.From(small);
        wf.From(large);

        var result = await wf.Build().RunAsync(new(value), Helpers.NoModel);

        Assert.Equal(log, result.State.Log);
        Assert.Equal(branch, result.Nodes[0].Branch);
        Assert.Null(result.Nodes[1].Branch);
    }

    [Fact]
    public async Task RunAsync_Loop_CountsTurnsVisitsAndSteps()
    {
        var wf = Workflow.CreateBuilder<Counter>("loop");
        var before = wf.AddFunction("before", s => s);
        var plan = wf.AddFunction("plan", s => s.Add("p"));
        var check = wf.AddFunction("check", s => s);
        wf.Start(before).Then(plan).Then(check);
        wf.Branch(check, b => b.When(s => s.Value == 3, Workflow.End, "accepted").Otherwise(plan, "retry"));

        var result = await wf.Build().RunAsync(new(), Helpers.NoModel);

        Assert.Equal(["before", "plan", "check", "plan#1", "check#1", "plan#2", "check#2"], result.Nodes.Select(n => n.Id));
        Assert.Equal([0, 0, 0, 1, 1, 2, 2], result.Nodes.Select(n => n.Turn));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], result.Nodes.Select(n => n.Step));
        Assert.Equal(["retry", "retry", "accepted"], result.Nodes.Where(n => n.Name == "check").Select(n => n.Branch));
    }

    [Fact]
    public async Task RunAsync_EndlessLoop_NamesTheCycleInOrder()
    {
        var wf = Workflow.CreateBuilder<Counter>("endless");
        var start = wf.AddFunction("start", s => s);
        var ping = wf.AddFunction("ping", s => s);
        var pong = wf.AddFunction("pong", s => s);
        wf.Start(start).Then(ping).Then(pong);
        wf.Branch(pong, b => b.When(s => s.Value < 0, Workflow.End).Otherwise(ping));

        var e = await Assert.ThrowsAsync<WorkflowStepLimitException>(() => wf.Build().RunAsync(new(), Helpers.NoModel, new() { MaxSteps = 11 }));

        Assert.Equal(["ping", "pong"], e.Cycle);
        Assert.Contains("ping -> pong -> ping", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ManyRunsOfOneDefinition_DoNotSeeEachOther()
    {
        var role = Helpers.Role("echo") with { Memory = MemoryPolicy.Conversation };
        var wf = Workflow.CreateBuilder<Counter>("isolated");
        var ask = wf.AddRole(role, s => s.Log, (s, reply) => s with { Value = s.Value + 1, Log = reply.Text });
        wf.Start(ask);
        wf.Branch(ask, b => b.When(s => s.Value == 3, Workflow.End).Otherwise(ask));
        var workflow = wf.Build();
        using var client = new ScriptedChatClient(async call =>
        {
            await Task.Yield();
            return ScriptedReply.Say(call.Messages[^1].Text + "+" + call.Messages.Count);
        });

        var results = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() => workflow.RunAsync(new(0, "run" + i), Helpers.Runtime(client)))));

        Assert.All(results.Index(), r => Assert.Equal($"run{r.Index}+1+3+5", r.Item.State.Log));
    }

    [Fact]
    public async Task StreamAsync_CompletedRun_TellsTheStoryInOrder()
    {
        using var client = new ScriptedChatClient("ok");
        var events = await Helpers.OneRole(Helpers.Role("solo")).StreamAsync(new(), Helpers.Runtime(client)).ReadAsync();

        Assert.Equal([typeof(WorkflowStarted), typeof(NodeStarted), typeof(CallRecorded), typeof(NodeCompleted), typeof(WorkflowCompleted<Counter>)], events.Select(e => e.GetType()));
        Assert.Equal(["", "solo", "solo", "solo", ""], events.Select(e => e.NodeId));
    }

    [Fact]
    public async Task StreamAsync_ToolLoop_ReportsACallBeforeTheNodeEnds()
    {
        var toolSeen = new TaskCompletionSource();
        using var client = new ScriptedChatClient(async call =>
        {
            if (call.Index == 0) return ScriptedReply.CallTool("now");
            await toolSeen.Task;
            return ScriptedReply.Say("done");
        });
        var role = Helpers.Role("solo", Helpers.Tool("now", () => "noon"));
        var wf = Workflow.CreateBuilder<Counter>("live");
        wf.Start(wf.AddRole(role, _ => [new ChatMessage(ChatRole.User, "a"), new ChatMessage(ChatRole.User, "b")], (s, r) => s.Add(r.Text)));

        await foreach (var e in wf.Build().StreamAsync(new(), Helpers.Runtime(client)))
        {
            if (e is CallRecorded { Node.Kind: NodeKind.Tool }) toolSeen.SetResult();
        }

        Assert.Equal(["a", "b"], client.Calls[0].Messages.Select(m => m.Text));
    }

    [Fact]
    public async Task StreamAsync_ReaderStopsEarly_CancelsTheRunningCall()
    {
        var asked = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        using var client = new ScriptedChatClient(call =>
        {
            call.CancellationToken.Register(cancelled.SetResult);
            asked.SetResult();
            return new ValueTask<ScriptedReply>(new TaskCompletionSource<ScriptedReply>().Task);
        });

        await foreach (var e in Helpers.OneRole(Helpers.Role("solo")).StreamAsync(new(), Helpers.Runtime(client)))
        {
            if (e is NodeStarted) break;
        }

        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
