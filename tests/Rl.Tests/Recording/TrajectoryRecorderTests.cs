namespace AgentTeams.Tests;

public sealed class TrajectoryRecorderTests
{
    private static readonly Role Solo = new() { Name = "solo" };

    [Fact]
    public async Task RecordAsync_CompletedRun_IsKeyedByItsSeedAndReadsBack()
    {
        using var client = new ScriptedChatClient("42");
        var seed = new SeedKey(7, "rl", 3, "task-1", 2);

        var recorded = await TrajectoryRecorder.RecordAsync(Build(), new Note(""), Options(client) with { Seed = seed }, new() { Outcome = s => s.Text });

        var trajectory = recorded.Trajectory;
        Assert.Equal(new Note("42"), recorded.Final);
        Assert.Equal((seed.ToTrajectoryId(), "noted", "task-1", "task-1", 2), (trajectory.Id, trajectory.Workflow, trajectory.Task, trajectory.Group, trajectory.Sample));
        Assert.Equal((TrajectoryStatus.Completed, "42"), (trajectory.Status, trajectory.Outcome));
        Assert.Equal("solo", Assert.Single(TrajectoryJson.Deserialize(TrajectoryJson.Serialize(trajectory)).Nodes).Id);
    }

    [Fact]
    public async Task RecordAsync_FailedRun_KeepsTheNodesSoFar()
    {
        using var client = new ScriptedChatClient(_ => throw new HttpRequestException("down"));

        var recorded = await TrajectoryRecorder.RecordAsync(Build(), new Note(""), Options(client));

        Assert.Equal(TrajectoryStatus.Failed, recorded.Trajectory.Status);
        Assert.Equal("down", Assert.Single(recorded.Trajectory.Nodes).Error?.Message);
        Assert.IsType<WorkflowNodeException>(recorded.Error);
        Assert.Null(recorded.Final);
    }

    [Fact]
    public async Task RecordAsync_CancelledRun_IsRecordedAsCancelled()
    {
        using var cancel = new CancellationTokenSource();
        using var client = new ScriptedChatClient(async call =>
        {
            await cancel.CancelAsync();
            call.CancellationToken.ThrowIfCancellationRequested();
            return ScriptedChatClient.Text("late");
        });

        var recorded = await TrajectoryRecorder.RecordAsync(Build(), new Note(""), Options(client), cancellationToken: cancel.Token);

        Assert.Equal(TrajectoryStatus.Cancelled, recorded.Trajectory.Status);
        Assert.Single(recorded.Trajectory.Nodes);
    }

    private static WorkflowRunOptions Options(ScriptedChatClient client) => new() { ChatClients = RoleClients.ForAll(client) };

    private static Workflow<Note> Build()
    {
        var wf = Workflow.Create<Note>("noted");
        wf.Start(wf.Role(Solo, _ => "?", (_, reply) => new Note(reply.Text)));
        return wf.Build();
    }

    private sealed record Note(string Text);
}
