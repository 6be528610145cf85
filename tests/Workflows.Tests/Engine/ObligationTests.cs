using System.Text.Json;
using Microsoft.Extensions.AI;
using Polly;

namespace AgentTeams.Tests;

/// <summary>What this engine owes its users, one test for each of the obligations that it was built to, by their numbers.</summary>
public sealed class ObligationTests
{
    [Fact]
    public void Obligation01_Build_TellsEveryProblemAtOnceWithPathAndFix()
    {
        var wf = Workflow.CreateBuilder<Reviews>("w");
        var (a, b) = (wf.Note("a"), wf.Note("b"));
        wf.From(b).Then(b);
        wf.Start(wf.AddParallel("p", p => p.Branch(a).Branch(a, label: "again").Join(Join.AtLeast(5)))).Then(wf.AddLoop("l", wf.Note("c"), s => true, new() { MaxRounds = 0 }));

        var problems = Assert.Throws<WorkflowDefinitionException>(wf.Build).Problems;

        Assert.Equal(["w/a", "w/b", "w/b", "w/l", "w/p"], problems.Select(p => p.Path).Order(StringComparer.Ordinal));
        Assert.All(problems, p => Assert.NotEmpty(p.Fix));
    }

    [Fact]
    public async Task Obligation02_OneDefinition_ServesAnyNumberOfRunsAtOnce()
    {
        var team = new DurableTeam();
        var expected = (await team.Workflow.RunAsync(new("a b"), team.Runtime, DurableTeam.Options(new()) with { Checkpoints = null })).State.Notes;

        var runs = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => team.Workflow.RunAsync(new("a b"), team.Runtime, DurableTeam.Options(new()) with { Checkpoints = null }))));

        Assert.All(runs, run => Assert.Equal(expected, run.State.Notes));
    }

    [Fact]
    public async Task Obligation03_NodeAndWorkflow_HavePipelinesAndCallsKeepTheirIdempotencyKeys()
    {
        var keys = new List<string>();
        var tool = AIFunctionFactory.Create((AIFunctionArguments arguments) =>
        {
            keys.Add(ToolCallContext.Of(arguments)!.IdempotencyKey);
            return keys.Count is 1 or 3 ? throw new IOException("gone") : "here";
        }, "tool");
        var wf = Workflow.CreateBuilder<Reviews>("w", new() { MaxCallRetries = 1, RetryDelay = TimeSpan.Zero });
        wf.Start(wf.AddTool(tool, s => new { }, (s, r) => s.Note(r.Text), new() { Name = "one" }))
            .Then(wf.AddTool(tool, s => new { }, (s, r) => s.Note(r.Text), new() { Name = "two", Pipeline = new ResiliencePipelineBuilder().AddRetry(new() { Delay = TimeSpan.Zero }).Build() }));

        var result = await wf.Build().RunAsync(new(), Helpers.NoModel);

        Assert.Equal(["here", "here"], result.State.Notes);
        Assert.Equal([1, 1], result.Nodes.Select(n => n.Tries.Length));
        Assert.Equal([keys[0], keys[0], keys[2], keys[2]], keys);
        Assert.NotEqual(keys[0], keys[2]);
    }

    [Fact]
    public async Task Obligation04_FailedSibling_DoesNotPayAgainForWhatTheOthersCompleted()
    {
        var (store, client, isDown) = (new ListStore(), new ScriptedChatClient("paid"), true);
        var workflow = Graphs.Build(wf => wf.AddParallel("both", p => p
            .Branch(wf.AddRole(new() { Name = "dear" }, s => "q", (s, r) => s.Note(r.Text)))
            .Branch(wf.AddFunction("flaky", s => isDown ? throw new IOException("down") : s.Note("up")))));

        await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new(), Helpers.Runtime(client), DurableTeam.Options(store)));
        isDown = false;
        var result = await workflow.RunAsync(new(), Helpers.Runtime(client), DurableTeam.Options(store));

        Assert.Equal(["paid", "up"], result.State.Notes);
        Assert.Single(client.Calls);
    }

    [Fact]
    public async Task Obligation05_CycleThatNothingLeaves_IsStoppedAndNamedWhereverItStands()
    {
        var workflow = Graphs.Build(wf =>
        {
            var (ping, pong) = (wf.Note("ping"), wf.Note("pong"));
            wf.From(ping).Then(pong);
            wf.Branch(pong, b => b.When(_ => false, Workflow.End).Otherwise(ping));
            return wf.AddParallel("p", p => p.Branch(ping).Branch(wf.Note("other")));
        });

        Assert.Equal(["ping", "pong"], (await Assert.ThrowsAsync<WorkflowStepLimitException>(() => workflow.RunAsync(new(), Helpers.NoModel, new() { MaxSteps = 21 }))).Cycle.Order());
    }

    [Fact]
    public async Task Obligation06_Joins_ResetEachRoundAndSurviveCheckpoints()
    {
        var client = new ScriptedChatClient("a");
        var workflow = Graphs.Build(wf => wf.AddLoop("rounds", wf.AddParallel("both", p => p
            .Branch(wf.AddRole(new() { Name = "writer" }, s => "q", (s, r) => s.Note(r.Text)))
            .Branch(wf.AddHuman<string, string>("ask", s => "ok?", (s, answer) => s.Note(answer) with { Round = s.Round + 1 }))), s => s.Round == 2));
        var run = (await workflow.RunAsync(new(), Helpers.Runtime(client))).Run;
        Assert.Equal(["ask"], run.Requests.Select(r => r.Id));

        run = (await workflow.ResumeAsync(await workflow.AnswerAsync(RunState.FromRecords<Reviews>(run.ToRecords()), "ask", "1"), Helpers.Runtime(client))).Run;
        Assert.Equal(["ask#1"], run.Requests.Select(r => r.Id));
        var result = await workflow.ResumeAsync(await workflow.AnswerAsync(RunState.FromRecords<Reviews>(run.ToRecords()), "ask#1", "2"), Helpers.Runtime(client));

        Assert.Equal(["a", "1", "a", "2"], result.State.Notes);
        Assert.Equal(2, client.Calls.Count);
    }

    [Fact]
    public async Task Obligation07_FanOut_IsAsWideAsTheRunSays()
    {
        var item = Workflow.CreateBuilder<Counter>("square");
        item.Start(item.AddFunction("work", s => s with { Value = s.Value * s.Value }));
        var square = item.Build().Bind((int n) => new Counter(n), s => s.Value);
        var workflow = Graphs.Build(wf => wf.AddMap("squares", s => Enumerable.Range(0, s.Round).ToList(), square, (s, all) => s with { Text = $"{all.Sum()}" }));

        Assert.Equal("328350", (await workflow.RunAsync(new(Round: 100), Helpers.NoModel)).State.Text);
        Assert.Equal("0", (await workflow.RunAsync(new(Round: 0), Helpers.NoModel)).State.Text);
    }

    [Fact]
    public async Task Obligation08_Checkpoints_ArePublicVersionedRecordsThatCanBeRead()
    {
        var (team, store) = (new DurableTeam(), new ListStore());
        await team.Workflow.RunAsync(new("a b"), team.Runtime, DurableTeam.Options(store));

        var entries = store.Runs["run"].Select(r => JournalEntry.Read(r)).ToList();
        var run = await team.Workflow.ReadRunAsync(store, "run");

        Assert.InRange(entries[0].Version!.Value, 1, JournalEntry.CurrentVersion);
        Assert.Equal("a b", JsonSerializer.SerializeToElement(entries[0].Initial).GetProperty("topic").GetString());
        Assert.Equal(["tooled", "read", "after", "clock", "both", "count"], run.Visits.Take(6).Select(v => v.Id));
        Assert.True(run.Visits.Single(v => v.Id == "bad") is { IsHandled: true, Branch: "error" });
    }

    [Fact]
    public async Task Obligation09_Cancellation_ReachesTheNodesAndIsToldOfEach()
    {
        using var stop = new CancellationTokenSource();
        var entered = 0;
        NodeHandle Wait(WorkflowBuilder<Reviews> wf, string name) => wf.AddFunction(name, async (_, token) =>
        {
            if (Interlocked.Increment(ref entered) == 2) await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
            return name;
        }, (s, note) => s.Note(note));
        var workflow = Graphs.Build(wf => wf.AddParallel("both", p => p.Branch(Wait(wf, "a")).Branch(Wait(wf, "b"))));

        var events = await workflow.StreamAsync(new(), Helpers.NoModel, cancellationToken: stop.Token).ReadAsync();

        Assert.IsType<WorkflowCancelled>(events[^1]);
        Assert.Equal(["a", "b"], events.OfType<NodeFailed>().Select(e => e.NodeId).Order());
    }

    [Fact]
    public async Task Obligation10_ExceptionOfANode_ComesOutAsItWasThrown()
    {
        var thrown = new FormatException("odd");
        var inner = Workflow.CreateBuilder<Reviews>("inner");
        inner.Start(inner.AddFunction("deep", s => throw thrown));
        var workflow = Graphs.Build(wf => wf.AddParallel("p", p => p.Branch(wf.AddWorkflow(inner.Build().Bind((string t) => new Reviews(t), s => s.Text), s => "x", (s, _) => s))));

        var error = await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new(), Helpers.NoModel));

        Assert.Same(thrown, error.InnerException);
        Assert.Equal("inner/deep", error.NodeId);
    }

    [Fact]
    public async Task Obligation12_EventStream_IsTheTrajectory()
    {
        var team = new DurableTeam();
        var options = DurableTeam.Options(new()) with { Checkpoints = null, TimeProvider = new TestClock() };

        var fromEvents = await TrajectoryRecorder.RecordAsync<Reviews>(team.Workflow.StreamAsync(new("a b"), team.Runtime, options));
        var direct = await team.Workflow.RecordAsync(new("a b"), team.Runtime, options);

        Assert.Equal(JsonSerializer.Serialize(direct.Trajectory, TrajectoryJson.Options), JsonSerializer.Serialize(fromEvents.Trajectory, TrajectoryJson.Options));
    }

    [Fact]
    public async Task Obligation13_Branches_DoNotWaitForEachOtherBetweenTheirNodes()
    {
        var last = new TaskCompletionSource();
        var workflow = Graphs.Build(wf =>
        {
            var (one, two) = (wf.Note("one"), wf.Note("two"));
            wf.From(one).Then(two).Then(wf.AddFunction("three", s =>
            {
                last.TrySetResult();
                return s.Note("three");
            }));

            // It ends only when the other branch has gone all its way.
            return wf.AddParallel("both", p => p.Branch(wf.Gate("slow", last.Task)).Branch(one));
        });

        Assert.Equal(["slow", "one", "two", "three"], (await workflow.RunAsync(new(), Helpers.NoModel)).State.Notes);
    }
}
