using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class DurabilityTests
{
    [Fact]
    public async Task RunAsync_KilledAtEveryCommit_ResumesToTheSameEndWithoutAskingAnythingTwice()
    {
        var whole = new DurableTeam();
        var undisturbed = new ListStore();
        var expected = await whole.Workflow.RunAsync(new("a b"), whole.Runtime, DurableTeam.Options(undisturbed));
        Assert.Equal(13, expected.State.Notes.Count);

        for (var at = 0; at < undisturbed.Appends; at++)
        {
            var team = new DurableTeam();
            var store = new ListStore { DieAt = at };
            await Assert.ThrowsAnyAsync<Exception>(() => team.Workflow.RunAsync(new("a b"), team.Runtime, DurableTeam.Options(store)));
            var committed = team.Calls.Count;
            store.DieAt = null;

            var result = await team.Workflow.RunAsync(new("a b"), team.Runtime, DurableTeam.Options(store));

            Assert.Equal(expected.State.Notes, result.State.Notes);
            Assert.Equal(Untimed(expected), Untimed(result));

            // Only what was under way when the process died may be asked again.
            Assert.InRange(team.Calls.Count - whole.Calls.Count, 0, 2);
        }
    }

    [Fact]
    public async Task RunAsync_OfAFinishedRun_AsksNothingAndGivesTheSameResult()
    {
        var team = new DurableTeam();
        var store = new ListStore();
        var first = await team.Workflow.RunAsync(new("a b"), team.Runtime, DurableTeam.Options(store));
        var (calls, appends) = (team.Calls.Count, store.Appends);

        var second = await team.Workflow.RunAsync(new("a b"), team.Runtime, DurableTeam.Options(store));

        Assert.Equal(calls, team.Calls.Count);
        Assert.Equal(appends, store.Appends);
        Assert.Equal(Untimed(first), Untimed(second));
    }

    [Fact]
    public async Task ReplayAsync_RecordedRun_NeedsNoModel()
    {
        var team = new DurableTeam();
        var store = new ListStore();
        var first = await team.Workflow.RunAsync(new("a b"), team.Runtime, DurableTeam.Options(store));
        var calls = team.Calls.Count;

        var replayed = await team.Workflow.ReplayAsync(await team.Workflow.ReadRunAsync(store, "run"));

        Assert.Equal(calls, team.Calls.Count);
        Assert.Equal(Untimed(first), Untimed(replayed));
        Assert.Equal(first.State.Notes, replayed.State.Notes);
    }

    [Fact]
    public async Task ReplayAsync_RunThatWasCutOffAtAnyCommit_IsNotCompleted()
    {
        var store = new ListStore();
        var expected = await new DurableTeam().Workflow.RunAsync(new("a b"), new DurableTeam().Runtime, DurableTeam.Options(store));
        var completed = 0;

        for (var at = 1; at <= store.Appends; at++)
        {
            var (team, cut) = (new DurableTeam(), new ListStore { DieAt = at });
            await Record.ExceptionAsync(() => team.Workflow.RunAsync(new("a b"), team.Runtime, DurableTeam.Options(cut)));

            var replayed = await team.Workflow.ReplayAsync(await team.Workflow.ReadRunAsync(cut, "run"));

            // What works on the state alone is done by a replay, too.
            Assert.Equal(expected.State.Notes.SequenceEqual(replayed.State.Notes), replayed.IsCompleted);
            if (replayed.IsCompleted) completed++;
        }

        Assert.InRange(completed, 1, store.Appends / 2);
    }

    [Fact]
    public async Task ForkAsync_AtEveryVisit_DoesAgainOnlyWhatFollows()
    {
        var team = new DurableTeam();
        var options = DurableTeam.Options(new()) with { Checkpoints = null, RunId = null };
        var first = await team.Workflow.RunAsync(new("a b"), team.Runtime, options);
        foreach (var visit in first.Run.Visits)
        {
            var again = new DurableTeam();
            var fork = await again.Workflow.ForkAsync(first.Run, visit.Id);

            var result = await again.Workflow.RecordResumedAsync(fork, again.Runtime, options);

            Assert.Equal(first.State.Notes, result.State!.Notes);
            var own = result.Trajectory.Nodes.Where(n => !n.Inherited).ToList();
            Assert.Equal(own.Count(n => n.Kind == NodeKind.Role), again.Calls.Count(c => c.StartsWith("model", StringComparison.Ordinal)));
            Assert.Equal(own.Count(n => n.Kind == NodeKind.Tool), again.Calls.Count(c => c.StartsWith("look", StringComparison.Ordinal) || c.StartsWith("read", StringComparison.Ordinal)));
            Assert.DoesNotContain(own, n => n.Id == visit.Id);
            Assert.Equal(first.Run.Seed.ToTrajectoryId(), result.Trajectory.ParentId);
            Assert.NotEqual(result.Trajectory.ParentId, result.Trajectory.Id);
        }
    }

    [Fact]
    public async Task ForkAsync_EditedState_IsWhatFollowsGoesOnFrom()
    {
        var team = new DurableTeam();
        var options = DurableTeam.Options(new()) with { Checkpoints = null, RunId = null };
        var first = await team.Workflow.RunAsync(new("a b"), team.Runtime, options);

        var fork = await team.Workflow.ForkAsync(first.Run, "loop", s => s with { Topic = "p q r" });
        var result = await team.Workflow.ResumeAsync(RunState.FromRecords<Reviews>(fork.ToRecords()), team.Runtime, options);

        Assert.Contains("said sum p,said sum q,said sum r", result.State.Notes);
        Assert.Contains("yes to p q r", result.State.Notes);
    }

    [Fact]
    public async Task ResumeAsync_StoredForkThatIsStartedAgain_GoesOnAndAnotherOneThereIsRefused()
    {
        var (team, store) = (new DurableTeam(), new ListStore());
        var options = DurableTeam.Options(store) with { RunId = "fork" };
        var first = await team.Workflow.RunAsync(new("a b"), team.Runtime, options with { Checkpoints = null, RunId = null });
        var fork = await team.Workflow.ForkAsync(first.Run, "loop", s => s with { Topic = "p q" });
        var result = await team.Workflow.ResumeAsync(fork, team.Runtime, options);
        var calls = team.Calls.Count;

        Assert.Equal(result.State.Notes, (await team.Workflow.ResumeAsync(fork, team.Runtime, options)).State.Notes);
        Assert.Equal(calls, team.Calls.Count);
        var other = await team.Workflow.ForkAsync(first.Run, "loop", s => s with { Topic = "r" });
        await Assert.ThrowsAsync<AgentTeamsException>(() => team.Workflow.ResumeAsync(other, team.Runtime, options));
    }

    [Fact]
    public async Task ForkAsync_EditInABranch_IsFoldedAtItsJoin()
    {
        var team = new DurableTeam();
        var options = DurableTeam.Options(new()) with { Checkpoints = null, RunId = null };
        var first = await team.Workflow.RunAsync(new("a b"), team.Runtime, options);

        var fork = await team.Workflow.ForkAsync(first.Run, "read", s => s with { Text = "edited" });

        Assert.Equal("edited", (await team.Workflow.ResumeAsync(fork, team.Runtime, options)).State.Text);
    }

    [Fact]
    public async Task ResumeAsync_AnotherWorkflow_IsRefusedWithTheVisitThatDiffers()
    {
        var (store, team) = (new ListStore(), new DurableTeam());
        await team.Workflow.RunAsync(new("a b"), team.Runtime, DurableTeam.Options(store));
        var wf = Workflow.CreateBuilder<Reviews>("team");
        wf.Start(wf.Note("other"));

        var error = await Assert.ThrowsAsync<WorkflowReplayException>(() => wf.Build().RunAsync(new("a b"), team.Runtime, DurableTeam.Options(store)));

        Assert.Contains("'loop'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResumeAsync_WorkflowThatEndsEarlierThanItsJournal_IsRefused()
    {
        var store = new ListStore();
        Workflow<Reviews> Chain(int nodes)
        {
            var wf = Workflow.CreateBuilder<Reviews>("chain");
            var chain = wf.Start(wf.Note("n0"));
            for (var i = 1; i < nodes; i++) chain = chain.Then(wf.Note($"n{i}"));
            return wf.Build();
        }

        await Chain(3).RunAsync(new(), Helpers.NoModel, DurableTeam.Options(store));

        Assert.Equal("2", (await Assert.ThrowsAsync<WorkflowReplayException>(() => Chain(2).RunAsync(new(), Helpers.NoModel, DurableTeam.Options(store)))).Path.ToString());
    }

    [Fact]
    public async Task RunAsync_SameIdWithAnotherBeginning_IsRefused()
    {
        var (store, team) = (new ListStore(), new DurableTeam());
        await team.Workflow.RunAsync(new("a b"), team.Runtime, DurableTeam.Options(store));
        var records = store.Runs["run"].Count;

        await Assert.ThrowsAsync<AgentTeamsException>(() => team.Workflow.RunAsync(new("c"), team.Runtime, DurableTeam.Options(store)));
        await Assert.ThrowsAsync<AgentTeamsException>(() => team.Workflow.RunAsync(new("a b"), team.Runtime, DurableTeam.Options(store) with { Seed = new(8) }));
        await Assert.ThrowsAsync<AgentTeamsException>(() => team.Workflow.RunAsync(new("a b"), team.Runtime, DurableTeam.Options(store) with { RunId = null }));
        Assert.Equal(records, store.Runs["run"].Count);
    }

    [Fact]
    public async Task RunAsync_Store_HoldsRecordsInCamelCase()
    {
        var (store, team) = (new ListStore(), new DurableTeam());
        await team.Workflow.RunAsync(new("a b"), team.Runtime, DurableTeam.Options(store));

        Assert.Equal(["call", "commit", "run"], store.Runs["run"].Select(r => JsonDocument.Parse(r).RootElement.GetProperty("kind").GetString()).Distinct().Order());
        Assert.Equal(JournalEntryKind.Run, JournalEntry.Read(store.Runs["run"][0]).Kind);
    }

    [Fact]
    public async Task FromRecords_NewerVersion_IsRefusedWithTheVersion()
    {
        var (store, team) = (new ListStore(), new DurableTeam());
        await team.Workflow.RunAsync(new("a b"), team.Runtime, DurableTeam.Options(store));
        var text = System.Text.Encoding.UTF8.GetString(store.Runs["run"][0]).Replace("\"version\":1", "\"version\":9", StringComparison.Ordinal);
        store.Runs["run"][0] = System.Text.Encoding.UTF8.GetBytes(text);

        Assert.Contains("version 9", (await Assert.ThrowsAsync<AgentTeamsException>(() => team.Workflow.ReadRunAsync(store, "run"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ResultThatDoesNotSerialise_FailsItsNodeAndKeepsTheRest()
    {
        var store = new ListStore();
        var workflow = Graphs.Build(wf =>
        {
            var first = wf.Note("first");
            wf.From(first).Then(wf.AddFunction("odd", (_, _) => new ValueTask<Func<int>>(() => 1), (s, f) => s.Note($"{f()}")));
            return first;
        });

        var error = await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new(), Helpers.NoModel, DurableTeam.Options(store)));

        Assert.Equal("odd", error.NodeId);
        Assert.Equal("first", (await workflow.ReadRunAsync(store, "run")).Visits[0].Id);
    }

    [Fact]
    public async Task ReplayAsync_ToolsThatEndedInAnotherOrderThanTheyWereAsked_TellsThemAsAsked()
    {
        var second = new TaskCompletionSource();
        var slow = AIFunctionFactory.Create(async () => { await second.Task; return "slow"; }, "slow");
        var fast = AIFunctionFactory.Create(() => { second.TrySetResult(); return "fast"; }, "fast");
        var client = new ScriptedChatClient(call => call.Index == 0
            ? new ChatResponse(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("1", "slow"), new FunctionCallContent("2", "fast")]))
            : ScriptedReply.Say("done"));
        var workflow = Graphs.Build(wf => wf.AddRole(new() { Name = "r", Tools = [slow, fast] }, s => s.Topic, (s, r) => s.Note(r.Text)));
        var store = new ListStore();
        var first = await workflow.RunAsync(new("x"), Helpers.Runtime(client), DurableTeam.Options(store));

        var replayed = await workflow.ReplayAsync(await workflow.ReadRunAsync(store, "run"));

        Assert.Equal(["r/call-0", "r/tool-0", "r/tool-1", "r/call-1"], replayed.Nodes.Select(n => n.Id));
        Assert.Equal(first.Nodes.Select(n => n.Id), replayed.Nodes.Select(n => n.Id));
    }

    private static string Untimed(WorkflowResult<Reviews> result) =>
        string.Join('\n', result.Nodes.Select(n => JsonSerializer.Serialize(n with { Start = default, Duration = default, Output = [.. n.Output.Select(m => { m.CreatedAt = null; return m; })] }, TrajectoryJson.Options)));
}
