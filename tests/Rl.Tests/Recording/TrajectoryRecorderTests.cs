using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class TrajectoryRecorderTests
{
    private static readonly Role Solo = new() { Name = "solo" };

    [Fact]
    public async Task RecordAsync_OutcomeDelegateThrows_KeepsTheRunAndSaysWhy()
    {
        var wf = Workflow.CreateBuilder<int>("w");
        wf.Start(wf.AddRole(Solo, _ => "hi", (s, _) => s));
        var run = await TrajectoryRecorder.RecordAsync(wf.Build(), 0, TeamRuntime.ForAll(new ScriptedChatClient("ok")),
            recording: new RecordingOptions<int> { Outcome = _ => throw new FormatException("no number") });
        Assert.Equal((TrajectoryStatus.Failed, 1), (run.Trajectory.Status, run.Trajectory.Nodes.Length));
        Assert.Contains("RecordingOptions.Outcome failed: no number", run.Trajectory.Error!.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, FailureCause> Failures => new()
    {
        { "prompt", "no such column", FailureCause.Infrastructure },
        { "client", "returned no client for the role 'x'", FailureCause.Infrastructure },
        { "engine", "the device is gone", FailureCause.Infrastructure },
        { "answer", "not valid: no number", FailureCause.Policy },
        { "steps", "was stopped after 5 steps", FailureCause.Policy },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task RecordAsync_RunFails_TrajectoryCarriesTheCause(string what, string message, FailureCause cause)
    {
        var wf = Workflow.CreateBuilder<int>("w");
        var x = wf.AddRole(new Role { Name = "x" }, s => what == "prompt" ? throw new InvalidOperationException("no such column") : "hi", (s, _) => s,
            (_, _) => what == "answer" ? "no number" : null);
        wf.Start(x);
        wf.Branch(x, b => b.When(s => what == "steps" && s == 0, x).Otherwise(Workflow.End));
        IChatClient? client = what == "client" ? null : what == "engine" ? new ScriptedChatClient(_ => ScriptedReply.Fail(new InvalidOperationException("the device is gone"))) : new ScriptedChatClient("ok");
        var run = await TrajectoryRecorder.RecordAsync(wf.Build(), 0, new TeamRuntime { ChatClientSelector = _ => client! }, new() { MaxSteps = 5 });
        Assert.Equal(TrajectoryStatus.Failed, run.Trajectory.Status);
        Assert.Contains(message, run.Trajectory.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(cause, run.Trajectory.Error.Cause);
        Assert.Equal(run.Trajectory.Error, TrajectoryJson.Deserialize(TrajectoryJson.Serialize(run.Trajectory)).Error);
    }

    [Fact]
    public async Task RecordAsync_CompletedRun_IsKeyedByItsSeedAndReadsBack()
    {
        using var client = new ScriptedChatClient("42");
        var seed = new SeedKey(7, "rl", 3, "task-1", 2);

        var recorded = await TrajectoryRecorder.RecordAsync(Build(), new Note(""), Runtime(client), new() { Seed = seed }, new() { Outcome = s => s.Text });

        var trajectory = recorded.Trajectory;
        Assert.Equal(new Note("42"), recorded.State);
        Assert.Equal((seed.ToTrajectoryId(), "noted", "task-1", "task-1", 2), (trajectory.Id, trajectory.WorkflowName, trajectory.TaskId, trajectory.GroupId, trajectory.SampleIndex));
        Assert.Equal((TrajectoryStatus.Completed, "42"), (trajectory.Status, trajectory.Outcome));
        Assert.Equal("solo", Assert.Single(TrajectoryJson.Deserialize(TrajectoryJson.Serialize(trajectory)).Nodes).Id);
    }

    [Fact]
    public async Task RecordAsync_FailedRun_KeepsTheNodesSoFar()
    {
        using var client = new ScriptedChatClient(ScriptedReply.Fail(new HttpRequestException("down")));

        var recorded = await TrajectoryRecorder.RecordAsync(Build(), new Note(""), Runtime(client));

        Assert.Equal(TrajectoryStatus.Failed, recorded.Trajectory.Status);
        Assert.Equal("down", Assert.Single(recorded.Trajectory.Nodes).Error?.Message);
        Assert.IsType<WorkflowNodeException>(recorded.Error);
        Assert.Null(recorded.State);
    }

    [Fact]
    public async Task RecordAsync_CancelledRun_IsRecordedAsCancelled()
    {
        using var cancel = new CancellationTokenSource();
        using var client = new ScriptedChatClient(async call =>
        {
            await cancel.CancelAsync();
            call.CancellationToken.ThrowIfCancellationRequested();
            return ScriptedReply.Say("late");
        });

        var recorded = await TrajectoryRecorder.RecordAsync(Build(), new Note(""), Runtime(client), cancellationToken: cancel.Token);

        Assert.Equal(TrajectoryStatus.Cancelled, recorded.Trajectory.Status);
        Assert.Single(recorded.Trajectory.Nodes);
    }

    [Fact]
    public async Task RecordAsync_NotANumberInTheFinalState_IsRecorded()
    {
        var wf = Workflow.CreateBuilder<Measured>("measured");
        wf.Start(wf.AddFunction("measure", s => s with { Mean = double.NaN, Peak = float.NegativeInfinity }));

        var recorded = await TrajectoryRecorder.RecordAsync(wf.Build(), new Measured(0, 0), new TeamRuntime { ChatClientSelector = _ => throw new InvalidOperationException() });

        Assert.Equal((TrajectoryStatus.Completed, """{"mean":"NaN","peak":"-Infinity"}"""), (recorded.Trajectory.Status, recorded.Trajectory.Outcome));
    }

    private sealed record Measured(double Mean, float Peak);

    [Fact]
    public async Task RecordAsync_TransportRetried_ChangesNoAdvantageAndNoRow()
    {
        async Task<Trajectory> SampleAsync(int sample, bool failsFirst)
        {
            using var client = new ScriptedChatClient(call => failsFirst && call.Index == 0
                ? ScriptedReply.Fail(new HttpRequestException("reset"))
                : ScriptedReply.Say(sample == 0 ? "good" : "bad"));
            var recorded = await TrajectoryRecorder.RecordAsync(Build(new() { MaxCallRetries = 1, RetryDelay = TimeSpan.Zero }), new Note(""),
                Runtime(client), new() { Seed = new(1, "rl", 0, "task", sample) }, new() { Outcome = s => s.Text });
            return recorded.Trajectory with { Rewards = [Reward.ForTrajectory("outcome", sample == 0 ? 1 : 0)] };
        }

        Trajectory[] group = [await SampleAsync(0, failsFirst: true), await SampleAsync(1, false), await SampleAsync(2, false), await SampleAsync(3, false)];

        var returns = group.SelectMany(t => new RoleCredit().Assign(t)).ToArray();
        Assert.Equal(4, returns.Length);
        Make.Near([1.5, -0.5, -0.5, -0.5], Estimates.Advantages(returns, new GrpoAdvantage { Epsilon = 1e-12 }));
        var back = TrajectoryJson.Deserialize(TrajectoryJson.Serialize(group[0]));
        Assert.Equal(new NodeError("HttpRequestException", "reset"), Assert.Single(Assert.Single(back.Nodes).Tries).Error);
        using var table = new StringWriter();
        Assert.Equal(4, await TrajectoryExport.WriteCsvAsync(group.ToAsyncEnumerable(), table));
    }

    private static TeamRuntime Runtime(ScriptedChatClient client) => TeamRuntime.ForAll(client);

    private static Workflow<Note> Build(NodeOptions<Note>? options = null)
    {
        var wf = Workflow.CreateBuilder<Note>("noted");
        wf.Start(wf.AddRole(Solo, _ => "?", (_, reply) => new Note(reply.Text), options: options));
        return wf.Build();
    }

    private sealed record Note(string Text);
}
