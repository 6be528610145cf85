namespace AgentTeams.Tests;

public sealed class ParallelTests
{
    [Fact]
    public async Task RunAsync_BranchesThatEndInAnyOrder_FoldsInDeclarationOrder()
    {
        var slow = new TaskCompletionSource();
        var workflow = Graphs.Build(wf => wf.AddParallel("review", p => p.Branch(wf.Gate("slow", slow.Task)).Branch(wf.Note("fast"))));

        var running = workflow.RunAsync(new("x"), Helpers.NoModel);
        slow.SetResult();
        var result = await running;

        Assert.Equal(["slow", "fast"], result.State.Notes);
        Assert.Equal(["slow", "fast"], result.Nodes.Select(n => n.Id));
    }

    [Fact]
    public async Task RunAsync_NodesAfterAJoin_HaveAllBranchesAsParents()
    {
        var workflow = Graphs.Build(wf =>
        {
            var (first, one, two, last) = (wf.Note("first"), wf.Note("one"), wf.Note("two"), wf.Note("last"));
            var fork = wf.AddParallel("fork", p => p.Branch(one).Branch(two));
            wf.From(first).Then(fork).Then(last);
            return first;
        });

        var nodes = (await workflow.RunAsync(new(), Helpers.NoModel)).Nodes.ToDictionary(n => n.Id);

        Assert.Equal(["first"], nodes["one"].Parents.AsEnumerable());
        Assert.Equal(["first"], nodes["two"].Parents.AsEnumerable());
        Assert.Equal(["one", "two"], nodes["last"].Parents.AsEnumerable());
        Assert.True(nodes["last"].Step > nodes["two"].Step);
    }

    [Fact]
    public async Task RunAsync_JoinAny_TakesTheFirstAndRecordsTheOtherAsCancelled()
    {
        var never = new TaskCompletionSource();
        var workflow = Graphs.Build(wf => wf.AddParallel("race", p => p.Branch(wf.Gate("slow", never.Task)).Branch(wf.Note("fast")).Join(Join.Any)));

        var result = await workflow.RunAsync(new(), Helpers.NoModel);

        Assert.Equal(["fast"], result.State.Notes);
        Assert.Equal([("slow", true), ("fast", false)], result.Nodes.Select(n => (n.Id, n.Discarded)));
        Assert.Equal([true, false], (await TrajectoryRecorder.RecordAsync<Reviews>(workflow.StreamAsync(new(), Helpers.NoModel))).Trajectory.Nodes.Select(n => n.Discarded));
        Assert.Equal([true, false], (await workflow.ReplayAsync(result.Run)).Nodes.Select(n => n.Discarded));
        Assert.Equal(nameof(TaskCanceledException), result.Nodes.Single(n => n.Id == "slow").Error?.Type);
    }

    [Fact]
    public async Task RunAsync_JoinAtLeastTwoWithOneFailing_GoesOnWithTheOtherTwo()
    {
        var workflow = Graphs.Build(wf => wf.AddParallel("vote", p => p
            .Branch(wf.Note("a")).Branch(wf.AddFunction("bad", s => throw new InvalidOperationException("no"))).Branch(wf.Note("c")).Join(Join.AtLeast(2))));

        Assert.Equal(["a", "c"], (await workflow.RunAsync(new(), Helpers.NoModel)).State.Notes);
    }

    [Fact]
    public async Task RunAsync_JoinAtLeastTwoWithTwoOfThreeFailing_Fails()
    {
        static Reviews Fail(Reviews s) => throw new InvalidOperationException("no");
        var workflow = Graphs.Build(wf => wf.AddParallel("vote", p => p
            .Branch(wf.Note("a")).Branch(wf.AddFunction("b", Fail)).Branch(wf.AddFunction("c", Fail)).Join(Join.AtLeast(2))));

        var error = await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new(), Helpers.NoModel));

        Assert.Equal("b", error.NodeId);
    }

    [Fact]
    public async Task RunAsync_BranchWhoseConditionDoesNotHold_IsSkippedAndTheJoinDoesNotWaitForIt()
    {
        var workflow = Graphs.Build(wf => wf.AddParallel("review", p => p.Branch(wf.Note("always")).Branch(wf.Note("never"), when: s => s.Topic == "y")));

        var events = await workflow.StreamAsync(new("x"), Helpers.NoModel).ReadAsync();

        Assert.Equal("never", events.OfType<BranchSkipped>().Single().Label);
        Assert.Equal(["always"], events.OfType<WorkflowCompleted<Reviews>>().Single().State.Notes);
    }

    [Fact]
    public async Task RunAsync_FailingBranchOfAll_CancelsTheOthersAndFailsWithItsCause()
    {
        var never = new TaskCompletionSource();
        var workflow = Graphs.Build(wf => wf.AddParallel("both", p => p
            .Branch(wf.Gate("slow", never.Task)).Branch(wf.AddFunction("bad", s => throw new InvalidOperationException("broken"))).Join(Join.All)));

        var error = await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new(), Helpers.NoModel));

        Assert.Equal("broken", error.InnerException?.Message);
        Assert.Equal("bad", error.NodeId);
    }

    [Fact]
    public async Task RunAsync_ErrorRouteOfAParallelNode_GoesOnFromTheStateOfTheFork()
    {
        var workflow = Graphs.Build(wf =>
        {
            var mend = wf.Note("mend");
            wf.From(mend);
            return wf.AddParallel("both", p => p.Branch(wf.Note("a")).Branch(wf.AddFunction("bad", s => throw new InvalidOperationException("broken"))),
                new() { OnError = new(mend, (s, e) => s.Note(e.Message)) });
        });

        Assert.Equal(2, (await workflow.RunAsync(new(), Helpers.NoModel)).State.Notes.Count);
    }

    [Fact]
    public async Task RunAsync_Merge_IsGivenTheForkAndEachBranch()
    {
        var workflow = Graphs.Build(wf => wf.AddParallel("both", p => p
            .Branch(wf.AddFunction("a", s => s with { Text = s.Text + "a" })).Branch(wf.AddFunction("b", s => s with { Text = s.Text + "b" }))
            .Merge((fork, branches) => fork with { Text = $"{fork.Text}({string.Join('|', branches.Select(b => b.Text))})" })));

        Assert.Equal("x(xa|xb)", (await workflow.RunAsync(new(Text: "x"), Helpers.NoModel)).State.Text);
    }

    [Fact]
    public async Task RunAsync_ParallelInsideALoopAndOfAParallel_JoinsAnewEachTime()
    {
        var workflow = Graphs.Build(wf =>
        {
            var inner = wf.AddParallel("inner", p => p.Branch(wf.Note("a")).Branch(wf.Note("b")));
            var outer = wf.AddParallel("outer", p => p.Branch(inner).Branch(wf.Note("c")));
            var count = wf.AddFunction("count", s => s with { Round = s.Round + 1 });
            wf.From(outer).Then(count);
            return wf.AddLoop("twice", outer, s => s.Round == 2);
        });

        var result = await workflow.RunAsync(new(), Helpers.NoModel);

        Assert.Equal(["a", "b", "c", "a", "b", "c"], result.State.Notes);
        Assert.Equal(["a", "b", "c", "count", "a#1", "b#1", "c#1", "count#1"], result.Nodes.Select(n => n.Id));
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], result.Nodes.Select(n => n.Turn));
    }

    [Fact]
    public async Task RunAsync_RolesThatRemember_HearInABranchWhatTheForkKnewAndAfterTheJoinWhatBothLearnt()
    {
        var heard = new List<string>();
        var client = new ScriptedChatClient(call => { lock (heard) heard.Add(string.Join("/", call.Messages.Select(m => m.Text))); return ScriptedReply.Say("ok"); });
        var role = new Role { Name = "r", Memory = MemoryPolicy.Conversation };
        var workflow = Graphs.Build(wf =>
        {
            NodeHandle Ask(string name) => wf.AddRole(role, _ => name, (s, _) => s, options: new() { Name = name });
            var first = Ask("first");
            wf.From(first).Then(wf.AddParallel("both", p => p.Branch(Ask("one")).Branch(Ask("two")))).Then(Ask("last"));
            return first;
        });

        await workflow.RunAsync(new(), Helpers.Runtime(client));

        Assert.Equal(["first", "first/ok/one", "first/ok/two", "first/ok/one/ok/two/ok/last"], heard);
    }

    [Fact]
    public void Build_JoinThatCanNeverFire_IsReported()
    {
        var wf = Workflow.CreateBuilder<Reviews>("w");
        wf.Start(wf.AddParallel("three", p => p.Branch(wf.Note("a")).Branch(wf.Note("b")).Join(Join.AtLeast(3))))
            .Then(wf.AddParallel("all", p => p.Branch(wf.Note("c"), when: s => s.Round > 0).Join(Join.All)));

        var problems = Assert.Throws<WorkflowDefinitionException>(wf.Build).Problems;

        Assert.Equal(["w/three", "w/all"], problems.Select(p => p.Path));
    }

    [Fact]
    public void Build_NodeOfTwoBranches_IsReported()
    {
        var wf = Workflow.CreateBuilder<Reviews>("w");
        var (a, b, shared) = (wf.Note("a"), wf.Note("b"), wf.Note("shared"));
        wf.From(a).Then(shared);
        wf.From(b).Then(shared);
        wf.Start(wf.AddParallel("both", p => p.Branch(a).Branch(b)));

        Assert.Equal("w/shared", Assert.Single(Assert.Throws<WorkflowDefinitionException>(wf.Build).Problems).Path);
    }

    [Fact]
    public void Build_BranchesThatOverwriteOneMember_IsReported()
    {
        var wf = Workflow.CreateBuilder<Reviews>("w");
        wf.Start(wf.AddParallel("both", p => p.Branch(wf.AddFunction("a", s => s with { Text = "a" })).Branch(wf.AddFunction("b", s => s with { Text = "b" }))));

        Assert.Contains("'Text'", Assert.Single(Assert.Throws<WorkflowDefinitionException>(wf.Build).Problems).Message, StringComparison.Ordinal);
    }
}
