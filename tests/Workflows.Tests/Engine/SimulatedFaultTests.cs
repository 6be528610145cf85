namespace AgentTeams.Tests;

/// <summary>Faults that the simulation of random graphs found, each as small as it goes.</summary>
public sealed class SimulatedFaultTests
{
    private static BoundWorkflow<string, string> Item()
    {
        var wf = Workflow.CreateBuilder<Reviews>("item");
        wf.Start(wf.AddFunction("check", s => s.Topic == "b" ? throw new InvalidOperationException("bad b") : s with { Text = s.Topic }));
        return wf.Build().Bind((string topic) => new Reviews(topic), s => s.Text);
    }

    [Fact]
    public async Task RunAsync_ParallelWithoutATakenBranch_LeavesWhatCameBeforeAsParent()
    {
        var workflow = Graphs.Build(wf =>
        {
            var first = wf.Note("first");
            wf.From(first).Then(wf.AddParallel("none", p => p.Branch(wf.Note("a"), when: _ => false))).Then(wf.Note("last"));
            return first;
        });

        Assert.Equal(["first"], (await workflow.RunAsync(new(), Helpers.NoModel)).Nodes.Single(n => n.Id == "last").Parents.AsEnumerable());
    }

    [Fact]
    public async Task ReplayAsync_MapThatSkippedAFailedItem_EndsAsItDid()
    {
        var workflow = Graphs.Build(wf => wf.AddMap("each", s => s.Topic.Split(' '), Item(), (s, all) => s.Note(string.Join(',', all)), new() { SkipFailed = true }));
        var first = await workflow.RunAsync(new("a b c"), Helpers.NoModel);

        var replayed = await workflow.ReplayAsync(RunState.FromRecords<Reviews>(first.Run.ToRecords()));

        Assert.Equal(["a,c"], replayed.State.Notes);
        Assert.Equal(first.Nodes.Select(n => (n.Id, n.Error?.Message)), replayed.Nodes.Select(n => (n.Id, n.Error?.Message)));
    }

    [Fact]
    public async Task RecordAsync_MapThatFails_BlamesOnlyTheItemThatDid()
    {
        var workflow = Graphs.Build(wf => wf.AddMap("each", s => s.Topic.Split(' '), Item(), (s, all) => s, new() { MaxConcurrency = 1 }));

        var nodes = (await workflow.RecordAsync(new("a b"), Helpers.NoModel)).Trajectory.Nodes;

        Assert.Equal([("each[0]", null), ("each[1]", "bad b")], nodes.Where(n => n.Kind == NodeKind.SubWorkflow).Select(n => (n.Id, InnerMessage(n.Error))));

        static string? InnerMessage(NodeError? error) => error?.Message.Contains("bad b", StringComparison.Ordinal) == true ? "bad b" : error?.Message;
    }

    [Fact]
    public async Task ResumeAsync_BranchWhoseInnerJoinCannotFire_DoesNotTakeTheAnsweredOneWithIt()
    {
        var workflow = Graphs.Build(wf => wf.AddParallel("race", p => p.Join(Join.Any)
            .Branch(wf.AddHuman<string, string>("ask", s => s.Topic, (s, a) => s.Note(a)))
            .Branch(wf.AddParallel("never", q => q.Join(Join.Any).Branch(wf.Note("a"), when: _ => false)))
            .Branch(wf.AddFunction("bad", s => s.Topic == "x" ? throw new InvalidOperationException("bad") : s))));
        var waiting = await workflow.RunAsync(new("x"), Helpers.NoModel);

        var result = await workflow.ResumeAsync(await workflow.AnswerAsync(waiting.Run, "ask", "yes"), Helpers.NoModel);

        Assert.Equal(["yes"], result.State.Notes);
    }

    [Fact]
    public async Task RunAsync_RequestInsideOfABranchThatFailed_IsNobodysToAnswer()
    {
        var gate = new TaskCompletionSource();
        var workflow = Graphs.Build(wf => wf.AddParallel("race", p => p.Join(Join.Any)
            .Branch(wf.AddHuman<string, string>("ask", s => s.Topic, (s, a) => s.Note(a)))
            .Branch(wf.AddParallel("both", q => q
                .Branch(wf.AddHuman<string, string>("lost", _ => { gate.TrySetResult(); return "?"; }, (s, a) => s.Note(a)))
                .Branch(wf.AddFunction("bad", async (s, token) =>
                {
                    await gate.Task.WaitAsync(token);
                    return s.Topic == "x" ? throw new InvalidOperationException("bad") : 0;
                }, (s, _) => s))))));

        var waiting = await workflow.RunAsync(new("x"), Helpers.NoModel);

        Assert.Equal(["ask"], waiting.Requests.Select(r => r.Id));
        Assert.Equal(["ask"], waiting.Run.Requests.Select(r => r.Id));
        Assert.Equal(["ask"], (await workflow.ReplayAsync(waiting.Run)).Requests.Select(r => r.Id));
    }

    [Fact]
    public async Task AnswerAsync_NodeThatARoundBeforeDidNotComeTo_KnowsItByItsId()
    {
        var workflow = Graphs.Build(wf =>
        {
            var ask = wf.AddHuman<string, string>("ask", s => s.Topic, (s, answer) => s.Note(answer));
            var race = wf.AddParallel("race", p => p.Branch(wf.Note("first"), when: s => s.Round == 0).Branch(ask).Join(Join.Any));
            wf.From(race).Then(wf.AddFunction("count", s => s with { Round = s.Round + 1 }));
            return wf.AddLoop("twice", race, s => s.Round == 2);
        });
        var waiting = await workflow.RunAsync(new(), Helpers.NoModel);

        var answered = await workflow.AnswerAsync(waiting.Run, Assert.Single(waiting.Requests).Id, "yes");

        Assert.Equal(["first", "yes"], (await workflow.ResumeAsync(answered, Helpers.NoModel)).State.Notes);
    }

    [Fact]
    public async Task ReplayAsync_RunThatFailed_GoesAsFarAsItGot()
    {
        var store = new ListStore();
        var workflow = Graphs.Build(wf =>
        {
            var first = wf.Note("first");
            wf.From(first).Then(wf.AddMap("each", s => s.Topic.Split(' '), Item(), (s, all) => s.Note("never")));
            return first;
        });
        await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new("b"), Helpers.NoModel, DurableTeam.Options(store)));

        Assert.Equal(["first"], (await workflow.ReplayAsync(await workflow.ReadRunAsync(store, "run"))).State.Notes);
    }
}
