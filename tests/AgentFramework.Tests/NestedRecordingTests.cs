using Microsoft.Agents.AI;
using Microsoft.Agents.AI.Workflows;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class NestedRecordingTests
{
    private readonly AgentRecorder _recorder = new("nested", new SeedKey(7, Task: "t"));

    [Fact]
    public async Task Recorded_ToolAsksAnAgentSeveralTimes_OrderIsThatOfTheProgram()
    {
        var helper = Echo("helper");
        using var model = Maf.Script(ScriptedReply.CallTool("ask"), ScriptedReply.Say("done"));
        var lead = Maf.Agent("lead", model, AIFunctionFactory.Create(async () =>
        {
            for (var i = 0; i < 5; i++) await helper.RunAsync($"question {i}");
            return "asked";
        }, "ask"));

        await lead.Recorded(_recorder).RunAsync("go");

        var nodes = _recorder.ToTrajectory("").Nodes;
        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"heard question {i}"), nodes.Where(n => n.Role == "helper").Select(n => n.Text));
        AssertCommitted(nodes);
    }

    [Fact]
    public async Task Recorded_WorkflowAsATool_ItsAgentsFormTheirChain()
    {
        var (coder, planner) = (Recorded("coder", "code"), Recorded("planner", "a plan"));
        var team = AgentWorkflowBuilder.BuildSequential(planner, coder).AsAIAgent("team", "team");
        using var model = Maf.Script(ScriptedReply.CallTool("team", new { query = "build" }), ScriptedReply.Say("thanks"));

        await Maf.Agent("boss", model, team.AsAIFunction(new() { Name = "team" })).Recorded(_recorder).RunAsync("go");

        var trajectory = _recorder.ToTrajectory("");
        Assert.Equal(["boss/call-0", "planner<boss/call-0", "coder<planner", "boss/tool-0<boss/call-0", "boss/call-1<boss/tool-0"], trajectory.Edges());
        AssertCommitted(trajectory.Nodes);
    }

    [Fact]
    public async Task Recorded_WorkflowOfRecordedAgentsWhole_NothingIsToldTwice()
    {
        var (coder, planner) = (Recorded("coder", "code"), Recorded("planner", "a plan"));
        var team = AgentWorkflowBuilder.BuildSequential(planner, coder).AsAIAgent("team", "team").Recorded(_recorder);

        await team.RunAsync("go");
        await Recorded("judge", "fine").RunAsync("is it right?");

        Assert.Equal(["planner", "coder<planner", "judge<coder"], _recorder.ToTrajectory("").Edges());
    }

    [Fact]
    public async Task Recorded_TwoToolsOfARoundAskAtOnce_SeedsAndOrderDoNotFollowTheirSpeed()
    {
        async Task<IEnumerable<(string, string, int)>> Run(string fast)
        {
            var recorder = new AgentRecorder("nested", new SeedKey(7));
            var gate = new TaskCompletionSource();
            AIAgent Helper(string name) => Maf.Agent(name, new ScriptedChatClient(async call =>
            {
                if (name == fast) gate.SetResult();
                else await gate.Task;
                return ScriptedReply.Say($"{call.Options.Seed}");
            })).Recorded(recorder);
            var (left, right) = (Helper("left"), Helper("right"));
            using var model = Maf.Script(
                new ChatResponse(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("1", "left"), new FunctionCallContent("2", "right")])), ScriptedReply.Say("done"));
            var lead = Maf.Agent("lead", model, left.AsAIFunction(new() { Name = "left" }), right.AsAIFunction(new() { Name = "right" }));
            lead.GetService<FunctionInvokingChatClient>()!.AllowConcurrentInvocation = true;
            await lead.Recorded(recorder).RunAsync("go");
            return recorder.ToTrajectory("").Nodes.Where(n => n.Role is "left" or "right").Select(n => (n.Id, n.Text, n.Step));
        }

        Assert.Equal(await Run("left"), await Run("right"));
    }

    [Fact]
    public async Task Recorded_ToolThatNeedsApproval_IsANodeBeforeTheCallThatReadsIt()
    {
        using var model = Maf.Script(ScriptedReply.CallTool("delete"), ScriptedReply.Say("deleted"));
        var agent = Maf.Agent("agent", model, new ApprovalRequiredAIFunction(AIFunctionFactory.Create(() => "ok", "delete"))).Recorded(_recorder);
        var session = await agent.CreateSessionAsync();
        var request = (await agent.RunAsync("delete it", session)).Messages.SelectMany(m => m.Contents).OfType<ToolApprovalRequestContent>().Single();

        await agent.RunAsync(new ChatMessage(ChatRole.User, [request.CreateResponse(true)]), session);

        var trajectory = _recorder.ToTrajectory("");
        var tool = Assert.Single(trajectory.Nodes, n => n.Kind == NodeKind.Tool);
        Assert.Equal(("delete", "ok"), (tool.ToolName, tool.Result?.ToString()));
        Assert.Equal([tool.Id], trajectory.Nodes[^1].Parents.AsEnumerable());
    }

    [Fact]
    public async Task Recorded_MessagesOfDifferentImages_AreNotTheSameWords()
    {
        var agent = Recorded("viewer", "one", "two");
        foreach (var name in new[] { "a", "b" }) await agent.RunAsync(new ChatMessage(ChatRole.User, [new UriContent($"https://example.org/{name}.png", "image/png")]));

        Assert.Equal(["viewer", "viewer#1<viewer"], _recorder.ToTrajectory("").Edges());
    }

    [Fact]
    public async Task Recorded_AgentNamedAsAnothersSecondVisit_IdsStayApart()
    {
        var first = Recorded("a", "x");
        await first.RunAsync("one");
        await first.RunAsync("two");
        await Recorded("a#1", "y").RunAsync("three");

        Assert.Equal(3, _recorder.ToTrajectory("").Nodes.Select(n => n.Id).Distinct().Count());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Recorded_PlainAgentsToolAsksAnUnrecordedAgent_TheCallsOfThatOneAreNotItsOwn(bool isStreaming)
    {
        using var helperModel = Maf.Script(ScriptedReply.CallTool("inner"), ScriptedReply.Say("helped"));
        var helper = Maf.Agent("helper", helperModel, AIFunctionFactory.Create(() => 7, "inner"));
        using var model = Maf.Script(ScriptedReply.CallTool("ask"), ScriptedReply.Say("done"));
        var plain = Plain(model, AIFunctionFactory.Create(() => AskAsync(helper, "help", isStreaming), "ask"));

        await AskAsync(plain, "go", isStreaming);

        var nodes = _recorder.ToTrajectory("").Nodes;
        Assert.Equal([("plain/call-0", ""), ("plain/call-1", "done")], nodes.Select(n => (n.Id, n.Text)));
        Assert.Equal("ask", Assert.Single(nodes[0].Output[0].Contents.OfType<FunctionCallContent>()).Name);
    }

    [Fact]
    public async Task Recorded_PlainAgentsToolRunsAWorkflow_ItsNodesAreNotTheAgents()
    {
        var wf = Workflow.CreateBuilder<string>("inner");
        wf.Start(wf.AddRole(new Role { Name = "solo" }, s => s, (_, reply) => reply.Text));
        var team = wf.Build().BindChat(messages => messages[^1].Text, s => s).AsAIAgent(TeamRuntime.ForAll(new ScriptedChatClient("fine")));
        using var model = Maf.Script(ScriptedReply.CallTool("ask"), ScriptedReply.Say("done"));

        await Plain(model, AIFunctionFactory.Create(async () => (await team.RunAsync("go")).Text, "ask")).RunAsync("go");

        Assert.Equal(["plain/call-0", "plain/call-1"], _recorder.ToTrajectory("").Nodes.Select(n => n.Id));
    }

    [Fact]
    public async Task Recorded_WorkflowWithBranches_IsRecordedInTheirOrderAndNotInThatOfTheirEnds()
    {
        var quick = new TaskCompletionSource();
        var client = new ScriptedChatClient(async call =>
        {
            if (call.Messages[^1].Text == "slow") await quick.Task;
            else quick.TrySetResult();
            return ScriptedReply.Say("ok");
        });
        var wf = Workflow.CreateBuilder<string>("team");
        NodeHandle Ask(string name) => wf.AddRole(new Role { Name = name }, _ => name, (s, _) => s + name);
        wf.Start(wf.AddParallel("both", p => p.Branch(Ask("slow")).Branch(Ask("fast"))));
        var team = wf.Build().BindChat(messages => messages[^1].Text, s => s).AsAIAgent(TeamRuntime.ForAll(client)).Recorded(_recorder);

        Assert.Equal("goslowfast", (await team.RunAsync("go")).Text);

        Assert.Equal(["slow", "fast"], _recorder.ToTrajectory("").Nodes.Select(n => n.Role));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Recorded_AgainAboveAMiddleware_IsRecordedOnceByTheOutermost(bool isStreaming)
    {
        var first = new AgentRecorder("first");
        AIAgent Edited(AIAgent agent) => agent.AsBuilder().Use(async (messages, session, options, inner, token) =>
            new AgentResponse(new ChatMessage(ChatRole.Assistant, "edited " + (await inner.RunAsync(messages, session, options, token)).Text)), null).Build();
        var agent = Edited(Edited(Recorded("planner", "a plan")).Recorded(first)).Recorded(_recorder);

        var text = await AskAsync(agent, "go", isStreaming);

        Assert.Equal("edited edited a plan", text);
        Assert.Equal("a plan", Assert.Single(_recorder.ToTrajectory("").Nodes, n => n.Id == "planner").Text);
        Assert.Single(_recorder.ToTrajectory("").Nodes);
        Assert.Empty(first.ToTrajectory("").Nodes);
    }

    private static async Task<string> AskAsync(AIAgent agent, string question, bool isStreaming) =>
        isStreaming ? (await agent.RunStreamingAsync(question).ReadAsync()).ToAgentResponse().Text : (await agent.RunAsync(question)).Text;

    private AIAgent Plain(IChatClient model, AITool tool) =>
        new ChatClientAgent(model, new ChatClientAgentOptions { Name = "plain", ChatOptions = new() { Tools = [tool] } }).Recorded(_recorder);

    private static void AssertCommitted(IReadOnlyList<TrajectoryNode> nodes)
    {
        Assert.Equal(nodes.Select(n => n.Step).Order(), nodes.Select(n => n.Step));
        Assert.Equal(nodes.Select(n => n.Turn).Order(), nodes.Select(n => n.Turn));
    }

    private AIAgent Recorded(string name, params string[] answers) => Maf.Agent(name, answers).Recorded(_recorder);

    private AIAgent Echo(string name) =>
        Maf.Agent(name, new ScriptedChatClient(call => ScriptedReply.Say($"heard {call.Messages[^1].Text}"))).Recorded(_recorder);
}
