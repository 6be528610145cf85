using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>What holds for every protocol and pattern, as for every workflow.</summary>
public sealed class EveryTeamTests
{
    public static TheoryData<string> Names => TeamCase.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task RunAsync_KilledAtEveryCommit_ResumesToTheSameStateAndRecords(string name)
    {
        var team = TeamCase.Of(name);
        var (undisturbed, whole) = (new ListStore(), team.Script());
        var expected = await team.Team.Definition.RunAsync(new("task"), whole.Runtime, Options(undisturbed));
        Assert.NotEmpty(expected.State.Answer);

        for (var at = 0; at < undisturbed.Appends; at++)
        {
            var (store, scripts) = (new ListStore { DieAt = at }, team.Script());
            await Assert.ThrowsAnyAsync<Exception>(() => team.Team.Definition.RunAsync(new("task"), scripts.Runtime, Options(store)));
            var resumed = team.Script();
            store.DieAt = null;

            var result = await team.Team.Definition.RunAsync(new("task"), resumed.Runtime, Options(store));

            Assert.Equal(Teams.Write(expected.State), Teams.Write(result.State));
            Assert.Equal(TeamCase.Untimed(expected.Nodes), TeamCase.Untimed(result.Nodes));
            // Only what was under way when the process died may be asked again.
            Assert.InRange(scripts.Calls.Count + resumed.Calls.Count - whole.Calls.Count, 0, 3);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task ReplayAsync_OfAStoredRun_GivesTheSameStateAndRecords(string name)
    {
        var (team, store) = (TeamCase.Of(name), new ListStore());
        var first = await team.Team.Definition.RunAsync(new("task"), team.Script().Runtime, Options(store));

        var replayed = await team.Team.Definition.ReplayAsync(await team.Team.Definition.ReadRunAsync(store, "run"));

        Assert.Equal(Teams.Write(first.State), Teams.Write(replayed.State));
        Assert.Equal(TeamCase.Untimed(first.Nodes), TeamCase.Untimed(replayed.Nodes));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Messages_OfRoles_AreOfTheTurnsOfTheirRecords(string name)
    {
        // Of tasks and of members that are workflows the record holds more than the messages do, and what is counted of several answers is a message, too.
        if (name is "planner-workers" or "hierarchy" or "coordinator" or "cascade-agreed" || name.StartsWith("governed", StringComparison.Ordinal)) return;
        var result = await TeamCase.Of(name).Team.Definition.RunAsync(new("task"), TeamCase.Of(name).Script().Runtime);

        Assert.Equal(result.Nodes.Where(n => n.Kind == NodeKind.Role).Select(n => (n.Role!, n.Turn)), result.State.Messages.Where(m => m.From is not ("select" or "value")).Select(m => (m.From, m.Turn)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task ForkAsync_AfterEveryVisit_InheritsItsPastAndComesToTheSameEnd(string name)
    {
        var team = TeamCase.Of(name);
        var first = await team.Team.Definition.RunAsync(new("task"), team.Script().Runtime);

        foreach (var visit in first.Run.Visits)
        {
            var scripts = team.Script();
            var fork = await team.Team.Definition.ForkAsync(first.Run, visit.Id);
            var inherited = fork.Visits.Sum(v => v.Nodes.Count(n => n.Kind == NodeKind.Role));

            var result = await team.Team.Definition.ResumeAsync(fork, scripts.Runtime);

            Assert.Equal(Teams.Write(first.State), Teams.Write(result.State));
            Assert.Equal(first.Nodes.Count(n => n.Kind == NodeKind.Role) - inherited, scripts.Calls.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task RunAsync_MembersInAnyOrderOfTime_ComeToTheSameStateAndRecords(string name)
    {
        var team = TeamCase.Of(name);
        var expected = await team.Team.Definition.RunAsync(new("task"), team.Script().Runtime);

        for (var seed = 0; seed < 6; seed++)
        {
            var pump = new CallPump(seed, team.Answer);
            var run = Task.Run(() => team.Team.Definition.RunAsync(new("task"), pump.Scripts.Runtime));
            await pump.DriveAsync(run);

            Assert.Equal(Teams.Write(expected.State), Teams.Write((await run).State));
            Assert.Equal(TeamCase.Untimed(expected.Nodes), TeamCase.Untimed((await run).Nodes));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task RunAsync_BudgetOfOneCall_StopsAndGoesOnWithMore(string name)
    {
        var (team, store) = (TeamCase.Of(name), new ListStore());
        var expected = await team.Team.Definition.RunAsync(new("task"), team.Script().Runtime);

        await Assert.ThrowsAsync<WorkflowBudgetException>(() => team.Team.RunAsync("task", team.Script().Runtime, Options(store) with { Budget = new() { MaxModelCalls = 1 } }));
        var answer = await team.Team.RunAsync("task", team.Script().Runtime, Options(store));

        Assert.Equal(expected.State.Answer, answer);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task StreamAsync_Cancelled_EndsCancelledAndCancelsItsCalls(string name)
    {
        using var cancel = new CancellationTokenSource();
        var heard = new TaskCompletionSource<CancellationToken>(TaskCreationOptions.RunContinuationsAsynchronously);
        var scripts = new Scripts(async call =>
        {
            heard.TrySetResult(call.CancellationToken);
            await Task.Delay(Timeout.InfiniteTimeSpan, call.CancellationToken);
            return new ChatResponse();
        });
        var reading = ReadAsync(TeamCase.Of(name).Team.StreamAsync("task", scripts.Runtime, cancellationToken: cancel.Token));

        var token = await heard.Task;
        await cancel.CancelAsync();

        Assert.IsType<WorkflowCancelled>((await reading)[^1]);
        Assert.True(token.IsCancellationRequested);
    }

    [Fact]
    public async Task AsAIFunction_OfATeam_AnswersAsATool()
    {
        var team = TeamCase.Of("dialogue");

        var answer = await team.Team.AsAIFunction(team.Script().Runtime).InvokeAsync(new() { ["input"] = "task" });

        Assert.Equal(await team.Team.RunAsync("task", team.Script().Runtime), answer?.ToString());
    }

    private static WorkflowRunOptions Options(ListStore store) => new() { Checkpoints = store, RunId = "run" };

    private static async Task<List<WorkflowEvent>> ReadAsync(IAsyncEnumerable<WorkflowEvent> events)
    {
        var read = new List<WorkflowEvent>();
        await foreach (var e in events) read.Add(e);
        return read;
    }
}

/// <summary>Lets the calls of a run answer one at a time, in an order that follows from a seed.</summary>
internal sealed class CallPump
{
    private readonly Random _random;
    private readonly Lock _gate = new();
    private readonly List<TaskCompletionSource> _waiting = [];
    private TaskCompletionSource _arrived = New();

    public CallPump(int seed, Func<Heard, string> answer)
    {
        _random = new(seed);
        Scripts = new(async heard =>
        {
            var turn = New();
            lock (_gate)
            {
                _waiting.Add(turn);
                _arrived.TrySetResult();
            }

            await turn.Task;
            return ScriptedReply.Say(answer(heard));
        });
    }

    public Scripts Scripts { get; }

    public async Task DriveAsync(Task run)
    {
        while (!run.IsCompleted)
        {
            Task arrived;
            TaskCompletionSource? next = null;
            lock (_gate)
            {
                if (_waiting.Count > 0)
                {
                    var at = _random.Next(_waiting.Count);
                    next = _waiting[at];
                    _waiting.RemoveAt(at);
                }

                arrived = (_arrived = New()).Task;
            }

            if (next is not null) next.SetResult();
            else await Task.WhenAny(run, arrived);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
