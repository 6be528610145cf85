using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Microsoft.SemanticKernel.Agents.Orchestration.Concurrent;
using Microsoft.SemanticKernel.Agents.Orchestration.GroupChat;
using Microsoft.SemanticKernel.Agents.Orchestration.Handoff;
using Microsoft.SemanticKernel.Agents.Orchestration.Sequential;

namespace AgentTeams.Tests;

public sealed class RecordedOrchestrationTests
{
    private readonly AgentRecorder _recorder = new("team", new SeedKey(1, Task: "t"));

    [Fact]
    public async Task RecordAsync_Sequential_IsACompletedTrajectory()
    {
        var trajectory = await _recorder.RecordAsync(new SequentialOrchestration(Recorded("planner", "a plan"), Recorded("coder", "code")), "go");

        Assert.Equal((TrajectoryStatus.Completed, "code"), (trajectory.Status, trajectory.Outcome));
        Assert.Equal(["planner", "coder<planner"], trajectory.Edges());
    }

    [Fact]
    public async Task RecordAsync_GroupChat_RoundsAreTurns()
    {
        var trajectory = await _recorder.RecordAsync(
            new GroupChatOrchestration(new RoundRobinGroupChatManager { MaximumInvocationCount = 3 }, Recorded("writer", "draft", "better"), Recorded("critic", "too short")), "write");

        Assert.Equal("better", trajectory.Outcome);
        Assert.Equal(["writer", "critic<writer", "writer#1<critic"], trajectory.Edges());
    }

    [Fact]
    public async Task RecordAsync_Handoff_TargetBuildsOnTheTransfer()
    {
        using var model = Sk.Script(ScriptedReply.CallTool("HandoffPlugin_transfer_to_refunds"));
        using var other = Sk.Script(ScriptedReply.CallTool("HandoffPlugin_end_task_with_summary", new { summary = "refunded" }));
        var (triage, refunds) = (Sk.Agent("triage", model).Recorded(_recorder), Sk.Agent("refunds", other).Recorded(_recorder));

        var trajectory = await _recorder.RecordAsync(new HandoffOrchestration(OrchestrationHandoffs.StartWith(triage).Add(triage, refunds), triage, refunds), "money back");

        Assert.Equal("refunded", trajectory.Outcome);
        Assert.Contains("refunds/call-0<triage/tool-0", trajectory.Edges());
    }

    [Fact]
    public async Task RecordAsync_AgentFails_FailsAtOnceWithTheCause()
    {
        using var model = Sk.Script();

        var trajectory = await _recorder.RecordAsync(new SequentialOrchestration(Sk.Agent("planner", model).Recorded(_recorder), Recorded("coder", "code")), "go");

        Assert.Equal(TrajectoryStatus.Failed, trajectory.Status);
        Assert.Contains("The script is over.", trajectory.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RecordAsync_Cancelled_EndsAndIsRecordedAsCancelled()
    {
        using var stop = new CancellationTokenSource();
        using var model = new ScriptedChatClient(async call =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, call.CancellationToken);
            return ScriptedReply.Say("never");
        });
        var recorder = new AgentRecorder("stuck", cancellationToken: stop.Token);

        var trajectory = await recorder.RecordAsync(new SequentialOrchestration(Sk.Agent("planner", model).Recorded(recorder)), "go");

        Assert.Equal(TrajectoryStatus.Cancelled, trajectory.Status);
    }

    [Fact]
    public async Task Rollout_384AtConcurrency32_NoneFailsByTheRuntime()
    {
        var agents = new[] { "planner", "coder" }.Select(name => Sk.Agent(name, new ScriptedChatClient(async _ =>
        {
            await Task.Yield();
            return ScriptedReply.Say(name);
        }))).ToArray();
        var rollout = RecordedOrchestrations.Rollout("team", recorder => new SequentialOrchestration([.. agents.Select(a => a.Recorded(recorder))]), (int i) => $"task {i}");
        var runner = new RolloutRunner<int>(rollout, i => $"{i}", new() { MaxConcurrency = 32 });

        var trajectories = await runner.RunAsync([.. Enumerable.Range(0, 48)], 8, new SeedKey(1));

        Assert.Equal(384, trajectories.Count);
        Assert.All(trajectories, t => Assert.Equal((TrajectoryStatus.Completed, "coder"), (t.Status, t.Outcome)));
    }

    [Fact]
    public async Task Concurrent_TrainedThreeTimes_WeightsAreEqual()
    {
        async Task<string> Train()
        {
            var model = LocalModel.Create();
            var builder = Kernel.CreateBuilder();
            builder.AddLocalModel("tiny", model);
            var kernel = builder.Build();
            var settings = new LocalModelSettings { ServiceId = "tiny", MaxTokens = 3 };
            var agents = new[] { "left", "right" }.Select(name => new ChatCompletionAgent { Name = name, Description = name, Kernel = kernel, Arguments = new(settings) }).ToArray();
            var team = new Team("pair", agents.Select(a => a.AsRole()), ModelMap.Full("tiny", "left", "right"));
            using var models = new TeamModels(team, [model]);
            var rollout = RecordedOrchestrations.Rollout("pair", recorder => new ConcurrentOrchestration([.. agents.Select(a => a.Recorded(recorder))]), (string task) => task);
            var options = RlOptions.Grpo with { Steps = 3, TasksPerStep = 2, GroupSize = 8, Rewards = new RewardComposer().Add(new OutcomeReward(t => t.Outcome!.Length % 7)) };
            await foreach (var _ in new RlTrainer<string>(models, TaskSet.Create(["hello", "call"], t => t, rollout), options).TrainAsync()) { }
            return await models.WeightsHashAsync();
        }

        var first = await Train();
        Assert.Equal([first, first], new[] { await Train(), await Train() });
    }

    private ChatHistoryAgent Recorded(string name, params string[] answers) => Sk.Agent(name, answers).Recorded(_recorder);
}
