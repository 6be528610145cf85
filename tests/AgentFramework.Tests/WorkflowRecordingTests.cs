using Microsoft.Agents.AI;
using Microsoft.Agents.AI.Workflows;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class WorkflowRecordingTests
{
    private readonly AgentRecorder _recorder = new("team", new SeedKey(1, Task: "t"));

    [Fact]
    public async Task Sequential_RecordedAgents_FormAChain()
    {
        var trajectory = await _recorder.RecordAsync(AgentWorkflowBuilder.BuildSequential(Recorded("planner", "a plan"), Recorded("coder", "code"), Recorded("verifier", "ok")), "go");

        Assert.Equal((TrajectoryStatus.Completed, "ok"), (trajectory.Status, trajectory.Outcome));
        Assert.Equal(["planner", "coder<planner", "verifier<coder+planner"], trajectory.Edges().Select(Sorted));
    }

    [Fact]
    public async Task Concurrent_RecordedAgents_AreSiblingsInTheOrderOfTheirDeclaration()
    {
        var trajectory = await _recorder.RecordAsync(AgentWorkflowBuilder.BuildConcurrent([Recorded("right", "r"), Recorded("left", "l")]), "go");

        Assert.Equal(["right", "left"], trajectory.Edges());
    }

    [Fact]
    public async Task GroupChat_RecordedAgents_AnswerEachOther()
    {
        var workflow = AgentWorkflowBuilder.CreateGroupChatBuilderWith(agents => new RoundRobinGroupChatManager(agents) { MaximumIterationCount = 3 })
            .AddParticipants([Recorded("writer", "draft", "better"), Recorded("critic", "too short")]).Build();

        var trajectory = await _recorder.RecordAsync(workflow, "write");

        Assert.Equal("better", trajectory.Outcome);
        Assert.Equal(["writer", "critic", "writer#1"], trajectory.Nodes.Select(n => n.Id));
        Assert.Equal("critic<writer", trajectory.Edges().ElementAt(1));
        Assert.Contains("critic", trajectory.Nodes[2].Parents);
    }

    [Fact]
    public async Task Handoff_RecordedAgents_TheTargetBuildsOnTheCallThatChoseIt()
    {
        using var triageModel = Maf.Script(ScriptedReply.CallTool("handoff_to_1"));
        var (triage, refunds) = (Maf.Agent("triage", triageModel).Recorded(_recorder), Recorded("refunds", "refunded"));

        var trajectory = await _recorder.RecordAsync(AgentWorkflowBuilder.CreateHandoffBuilderWith(triage).WithHandoff(triage, refunds).Build(), "money back");

        Assert.Equal("refunded", trajectory.Outcome);
        Assert.Equal(["refunds<" + trajectory.Nodes[0].Id], trajectory.Edges().Skip(1));
    }

    [Fact]
    public async Task Rollout_AgentFails_TrajectorySaysWhichAndWhy()
    {
        using var model = Maf.Script();
        var trajectory = await _recorder.RecordAsync(AgentWorkflowBuilder.BuildSequential(Recorded("planner", "a plan"), Maf.Agent("coder", model).Recorded(_recorder)), "go");

        Assert.Equal(TrajectoryStatus.Failed, trajectory.Status);
        Assert.Contains("The script is over.", trajectory.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(["planner", "coder"], trajectory.Nodes.Select(n => n.Id));
        Assert.Equal("The script is over.", trajectory.Nodes[1].Error?.Message);
    }

    [Fact]
    public async Task Rollout_Cancelled_IsRecordedAsCancelled()
    {
        using var stop = new CancellationTokenSource();
        using var model = new ScriptedChatClient(async call =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, call.CancellationToken);
            return ScriptedReply.Say("never");
        });
        var recorder = new AgentRecorder("stuck", cancellationToken: stop.Token);

        var trajectory = await recorder.RecordAsync(AgentWorkflowBuilder.BuildSequential(Maf.Agent("planner", model).Recorded(recorder)), "go");

        Assert.Equal(TrajectoryStatus.Cancelled, trajectory.Status);
    }

    [Fact]
    public async Task AsAIAgent_WorkflowOfRecordedAgents_IsRecordedToo()
    {
        var agent = AgentWorkflowBuilder.BuildSequential(Recorded("planner", "a plan"), Recorded("coder", "code")).AsAIAgent("team", "team");

        var response = await agent.RunAsync("go");

        Assert.EndsWith("code", response.Text, StringComparison.Ordinal);
        Assert.Equal(["planner", "coder<planner"], _recorder.ToTrajectory("").Edges());
    }

    [Fact]
    public async Task EmitEvents_StreamedUpdates_AreRecordedAlike()
    {
        var workflow = AgentWorkflowBuilder.BuildSequential(Recorded("planner", "a long plan"), Recorded("coder", "code"));
        await using var run = await InProcessExecution.RunStreamingAsync(workflow, new List<ChatMessage> { new(ChatRole.User, "go") });
        await run.TrySendMessageAsync(new TurnToken(emitEvents: true));

        var streamed = string.Concat((await run.WatchStreamAsync().ReadAsync()).OfType<AgentResponseUpdateEvent>().Select(e => e.Update.Text));

        Assert.Equal("a long plancode", streamed);
        Assert.Equal(["planner", "coder<planner"], _recorder.ToTrajectory("").Edges());
    }

    [Fact]
    public async Task Checkpoints_FanInResumedTwice_EachResumeEndsWithAllAnswers()
    {
        var workflow = AgentWorkflowBuilder.BuildConcurrent([Recorded("left", "l"), Recorded("right", "r")]);
        var manager = CheckpointManager.CreateInMemory();
        var checkpoints = new List<CheckpointInfo>();
        await using (var run = await InProcessExecution.RunStreamingAsync(workflow, new List<ChatMessage> { new(ChatRole.User, "go") }, manager))
        {
            await run.TrySendMessageAsync(new TurnToken(emitEvents: false));
            checkpoints.AddRange((await run.WatchStreamAsync().ReadAsync()).OfType<SuperStepCompletedEvent>().Select(e => e.CompletionInfo!.Checkpoint).OfType<CheckpointInfo>());
        }

        for (var i = 0; i < 2; i++)
        {
            await using var resumed = await InProcessExecution.ResumeStreamingAsync(workflow, checkpoints[1], manager);
            var output = (await resumed.WatchStreamAsync().ReadAsync()).OfType<WorkflowOutputEvent>().Last();
            Assert.Equal(["l", "r"], output.As<List<ChatMessage>>()!.Where(m => m.Role == ChatRole.Assistant).Select(m => m.Text).Order());
        }
    }

    [Fact]
    public async Task Magentic_RecordedAgents_ManagerAndTeamAreRecorded()
    {
        const string ledger = """{"is_request_satisfied":{"reason":"r","answer":DONE},"is_in_loop":{"reason":"r","answer":false},"is_progress_being_made":{"reason":"r","answer":true},"next_speaker":{"reason":"r","answer":"coder"},"instruction_or_question":{"reason":"r","answer":"code"}}""";
        var manager = Recorded("manager", "facts", "the plan", ledger.Replace("DONE", "false"), ledger.Replace("DONE", "true"), "all done");
        var workflow = AgentWorkflowBuilder.CreateMagenticBuilderWith(manager).AddParticipants([Recorded("coder", "code")]).RequirePlanSignoff(false).Build();

        var trajectory = await _recorder.RecordAsync(workflow, "write");

        Assert.Equal((TrajectoryStatus.Completed, "all done", null), (trajectory.Status, trajectory.Outcome, trajectory.Error));
        Assert.Equal(5, trajectory.Nodes.Count(n => n.Role == "manager"));
        Assert.Equal("code", Assert.Single(trajectory.Nodes, n => n.Role == "coder").Text);
    }

    [Fact]
    public async Task RecordAsync_SeveralOutputs_AllReachTheOutcome()
    {
        var trajectory = await _recorder.RecordAsync(AgentWorkflowBuilder.CreateSequentialBuilderWith([Recorded("planner", "a plan"), Recorded("coder", "code")]).Build(), "go",
            outputs => string.Join('|', outputs.OfType<IEnumerable<ChatMessage>>().SelectMany(m => m).Select(m => m.Text)));

        Assert.Contains("code", trajectory.Outcome, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_ModelFailsAfterWords_ThrowsInsteadOfStopping()
    {
        var agent = Maf.Agent("planner", new Breaking()).Recorded(_recorder);

        await Assert.ThrowsAsync<IOException>(() => agent.RunStreamingAsync("go").ReadAsync());

        var node = Assert.Single(_recorder.ToTrajectory("").Nodes);
        Assert.Equal(("half", "connection lost"), (node.Text, node.Error?.Message));
    }

    [Fact]
    public async Task Concurrent_AnswersInAnyOrder_AreRecordedAlike()
    {
        async Task<Trajectory> Run(params string[] order)
        {
            var recorder = new AgentRecorder("team", new SeedKey(1));
            var turns = order.Select(_ => new TaskCompletionSource()).ToList();
            var agents = new[] { "a", "b", "c" }.Select(name => Maf.Agent(name, new ScriptedChatClient(async call =>
            {
                var place = Array.IndexOf(order, name);
                if (place > 0) await turns[place - 1].Task;
                turns[place].SetResult();
                return ScriptedReply.Say($"{name} {call.Options.Seed}");
            })).Recorded(recorder)).ToList();
            return await recorder.RecordAsync(AgentWorkflowBuilder.BuildConcurrent(agents), "go");
        }

        var first = await Run("a", "b", "c");
        foreach (var order in new string[][] { ["c", "b", "a"], ["b", "a", "c"] })
            Assert.Equal(first.Nodes.Select(n => (n.Id, n.Text, n.Step, n.Turn)), (await Run(order)).Nodes.Select(n => (n.Id, n.Text, n.Step, n.Turn)));
    }

    private static string Sorted(string edge) => edge.Split('<') is [var node, var parents] ? $"{node}<{string.Join('+', parents.Split('+').Order())}" : edge;

    private AIAgent Recorded(string name, params string[] answers) => Maf.Agent(name, answers).Recorded(_recorder);

    private sealed class Breaking : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            yield return new(ChatRole.Assistant, "half");
            throw new IOException("connection lost");
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose() { }
    }
}
