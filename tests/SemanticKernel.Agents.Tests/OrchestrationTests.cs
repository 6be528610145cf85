using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Microsoft.SemanticKernel.Agents.Magentic;
using Microsoft.SemanticKernel.Agents.Orchestration;
using Microsoft.SemanticKernel.Agents.Orchestration.Concurrent;
using Microsoft.SemanticKernel.Agents.Orchestration.GroupChat;
using Microsoft.SemanticKernel.Agents.Orchestration.Handoff;
using Microsoft.SemanticKernel.Agents.Orchestration.Sequential;
using Microsoft.SemanticKernel.Agents.Runtime.InProcess;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.Tests;

public sealed class OrchestrationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly AgentRecorder _recorder = new("orchestration", new SeedKey(1, Task: "t"));

    [Fact]
    public async Task Sequential_RecordedAgents_FormAChain()
    {
        var orchestration = new SequentialOrchestration(Recorded("planner", "a plan"), Recorded("coder", "some code"), Recorded("verifier", "ok"));

        Assert.Equal("ok", await RunAsync(orchestration));

        Assert.Equal(["planner", "coder<planner", "verifier<coder"], _recorder.ToTrajectory("ok").Edges());
    }

    [Fact]
    public async Task Sequential_Streaming_RecordsTheSame()
    {
        var streamed = "";
        var orchestration = new SequentialOrchestration(Recorded("planner", "a plan"), Recorded("coder", "some code"))
        {
            StreamingResponseCallback = (content, _) =>
            {
                streamed += content.Content;
                return default;
            },
        };

        Assert.Equal("some code", await RunAsync(orchestration));

        Assert.Equal("a plansome code", streamed);
        Assert.Equal(["planner", "coder<planner"], _recorder.ToTrajectory("").Edges());
    }

    [Fact]
    public async Task Concurrent_RecordedAgents_AreSiblings()
    {
        var orchestration = new ConcurrentOrchestration(Recorded("left", "l"), Recorded("right", "r"));

        Assert.Equal(["l", "r"], (await RunAsync(orchestration)).Order());

        Assert.Equal(["left", "right"], _recorder.ToTrajectory("").Edges().Order());
    }

    [Fact]
    public async Task GroupChat_RecordedAgents_AnswerEachOther()
    {
        var orchestration = new GroupChatOrchestration(new RoundRobinGroupChatManager { MaximumInvocationCount = 3 },
            Recorded("writer", "draft", "better draft"), Recorded("critic", "too short"));

        Assert.Equal("better draft", await RunAsync(orchestration));

        var trajectory = _recorder.ToTrajectory("better draft");
        Assert.Equal(["writer", "critic<writer", "writer#1<critic"], trajectory.Edges());
        Assert.Equal([0, 0, 1], trajectory.Nodes.Select(n => n.Turn));
    }

    [Fact]
    public async Task Handoff_RecordedAgents_TransferIsANodeAndItsTargetBuildsOnIt()
    {
        using var triageModel = Sk.Script(ScriptedReply.CallTool("HandoffPlugin_transfer_to_refunds"));
        using var refundModel = Sk.Script(ScriptedReply.CallTool("HandoffPlugin_end_task_with_summary", new { summary = "refunded" }));
        var (triage, refunds) = (Sk.Agent("triage", triageModel).Recorded(_recorder), Sk.Agent("refunds", refundModel).Recorded(_recorder));
        var orchestration = new HandoffOrchestration(OrchestrationHandoffs.StartWith(triage).Add(triage, refunds), triage, refunds);

        Assert.Equal("refunded", await RunAsync(orchestration));

        var trajectory = _recorder.ToTrajectory("refunded");
        Assert.Equal(["triage/call-0", "triage/tool-0<triage/call-0", "refunds/call-0<triage/tool-0", "refunds/tool-0<refunds/call-0"], trajectory.Edges());
        Assert.Equal("HandoffPlugin_transfer_to_refunds", trajectory.Nodes[1].ToolName);
    }

    [Fact]
    public async Task Magentic_RecordedAgents_AreRecorded()
    {
        var orchestration = new MagenticOrchestration(new ScriptedManager("coder", "planner"), Recorded("planner", "a plan"), Recorded("coder", "some code"));

        Assert.Equal("final: a plan", await RunAsync(orchestration));

        Assert.Equal(["coder", "planner<coder"], _recorder.ToTrajectory("").Edges());
    }

    [Fact]
    public async Task Sequential_RecordersToken_CancelsAnAgentThatTheOrchestrationCannot()
    {
        using var stop = new CancellationTokenSource();
        var recorder = new AgentRecorder("stuck", cancellationToken: stop.Token);
        var started = new TaskCompletionSource();
        using var model = new ScriptedChatClient(async call =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, call.CancellationToken);
            return ScriptedReply.Say("never");
        });
        await using var runtime = new InProcessRuntime();
        await runtime.StartAsync();
        var result = await new SequentialOrchestration(Sk.Agent("planner", model).Recorded(recorder)).InvokeAsync("go", runtime);
        await started.Task;

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => result.GetValueAsync(Patience).AsTask());
        Assert.NotNull(Assert.Single(recorder.ToTrajectory(null, TrajectoryStatus.Cancelled).Nodes).Error);
    }

    [Fact]
    public async Task Sequential_AgentWithoutDescription_IsGivenOne()
    {
        var agent = new ChatCompletionAgent { Name = "planner", Kernel = Sk.Kernel(new ScriptedChatClient("a plan")) };

        Assert.Equal("a plan", await RunAsync(new SequentialOrchestration(agent.Recorded(_recorder))));
    }

    private static async Task<TOut> RunAsync<TOut>(AgentOrchestration<string, TOut> orchestration)
    {
        await using var runtime = new InProcessRuntime();
        await runtime.StartAsync();
        var result = await orchestration.InvokeAsync("the task", runtime);
        return await result.GetValueAsync(Patience);
    }

    private ChatHistoryAgent Recorded(string name, params string[] answers) => Sk.Agent(name, answers).Recorded(_recorder);

    private sealed class ScriptedManager(params string[] speakers) : MagenticManager
    {
        private int _next;

        public override ValueTask<IList<ChatMessageContent>> PlanAsync(MagenticManagerContext context, CancellationToken cancellationToken) =>
            new([new(AuthorRole.User, "plan")]);

        public override ValueTask<IList<ChatMessageContent>> ReplanAsync(MagenticManagerContext context, CancellationToken cancellationToken) => PlanAsync(context, cancellationToken);

        public override ValueTask<MagenticProgressLedger> EvaluateTaskProgressAsync(MagenticManagerContext context, CancellationToken cancellationToken = default)
        {
            var done = _next == speakers.Length;
            return new(new MagenticProgressLedger(done ? "" : speakers[_next++], "speak", "", new(done, ""), new(true, ""), new(false, "")));
        }

        public override ValueTask<ChatMessageContent> PrepareFinalAnswerAsync(MagenticManagerContext context, CancellationToken cancellationToken = default) =>
            new(new ChatMessageContent(AuthorRole.Assistant, $"final: {context.History[^1].Content}"));
    }
}
