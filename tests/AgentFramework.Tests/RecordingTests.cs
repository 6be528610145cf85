using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class RecordingTests
{
    private readonly AgentRecorder _recorder = new("solo", new SeedKey(7, Task: "t"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Recorded_ToolCalls_TurnsAndToolsAreNodes(bool isStreaming)
    {
        using var model = Maf.Script(ScriptedReply.CallTool("twice", new { x = 21 }), ScriptedReply.Say("42!"));
        var agent = Maf.Agent("coder", model, AIFunctionFactory.Create((int x) => 2 * x, "twice")).Recorded(_recorder);

        var text = isStreaming ? (await agent.RunStreamingAsync("twice 21").ReadAsync()).ToAgentResponse().Text : (await agent.RunAsync("twice 21")).Text;

        Assert.Equal("42!", text);
        var trajectory = _recorder.ToTrajectory(text);
        Assert.Equal(["coder/call-0", "coder/tool-0<coder/call-0", "coder/call-1<coder/tool-0"], trajectory.Edges());
        Assert.Equal(("twice", "42"), (trajectory.Nodes[1].ToolName, trajectory.Nodes[1].Result?.ToString()));
        Assert.Equal(["You are the coder.", "twice 21"], trajectory.Nodes[0].Input.Select(m => m.Text));
        Assert.Equal(2, model.Calls.Select(c => c.Options.Seed).Distinct().Count());
    }

    [Fact]
    public async Task Recorded_ToolFails_IsRecordedAndTheAgentGoesOn()
    {
        using var model = Maf.Script(ScriptedReply.CallTool("save"), ScriptedReply.Say("sorry"));
        var agent = Maf.Agent("coder", model, AIFunctionFactory.Create(string () => throw new IOException("disk full"), "save")).Recorded(_recorder);

        Assert.Equal("sorry", (await agent.RunAsync("save")).Text);

        Assert.Equal("disk full", _recorder.ToTrajectory("").Nodes[1].Error?.Message);
    }

    [Fact]
    public async Task Recorded_AgentAskedByALaterToolOfARound_BuildsOnTheCallThatAsked()
    {
        var helper = Maf.Agent("helper", "helped").Recorded(_recorder);
        using var model = Maf.Script(new ChatResponse(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("1", "plain"), new FunctionCallContent("2", "ask")])), ScriptedReply.Say("done"));
        var lead = Maf.Agent("lead", model, AIFunctionFactory.Create(() => 7, "plain"), AIFunctionFactory.Create(async () => (await helper.RunAsync("help")).Text, "ask"));

        await lead.Recorded(_recorder).RunAsync("go");

        Assert.Contains("helper<lead/call-0", _recorder.ToTrajectory("").Edges());
        Assert.Equal("lead/call-1<lead/tool-0+lead/tool-1", _recorder.ToTrajectory("").Edges().Last());
    }

    [Fact]
    public async Task Recorded_CallsWithoutIds_EachToolHasTheNameThatTheModelGaveIt()
    {
        var asked = new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("", "left"), new FunctionCallContent("", "right")]);
        using var model = Maf.Script(new ChatResponse(asked), ScriptedReply.Say("done"));
        var agent = Maf.Agent("lead", model, AIFunctionFactory.Create(() => "l", "left"), AIFunctionFactory.Create(() => "r", "right")).Recorded(_recorder);

        await agent.RunAsync("go");

        var tools = _recorder.ToTrajectory("").Nodes.Where(n => n.Kind == NodeKind.Tool);
        Assert.Equal([("left", "l"), ("right", "r")], tools.Select(n => (n.ToolName!, n.Result!.ToString()!)));
    }

    [Fact]
    public async Task Recorded_OwnToolNamedLikeAHandoff_HandsNothingOver()
    {
        using var model = Maf.Script(ScriptedReply.CallTool("handoff_to_printer"), ScriptedReply.Say("printed, at last"));
        var printed = await Maf.Agent("clerk", model, AIFunctionFactory.Create(() => "ok", "handoff_to_printer")).Recorded(_recorder).RunAsync("go");
        await Maf.Agent("other", "something").Recorded(_recorder).RunAsync("go");

        await Maf.Agent("judge", "fine").Recorded(_recorder).RunAsync([printed.Messages[^1]]);

        var edges = _recorder.ToTrajectory("").Edges().ToList();
        Assert.Contains("other", edges);
        Assert.Contains("judge<clerk/call-1", edges);
    }

    [Fact]
    public async Task Recorded_ModelFails_IsThrownAndRecorded()
    {
        using var model = Maf.Script();
        var agent = Maf.Agent("coder", model).Recorded(_recorder);

        await Assert.ThrowsAsync<IOException>(() => agent.RunAsync("go"));

        Assert.Equal("The script is over.", Assert.Single(_recorder.ToTrajectory("").Nodes).Error?.Message);
    }

    [Fact]
    public async Task Recorded_AgentThatIsNoChatClientAgent_IsRecordedFromItsMessages()
    {
        var agent = new Echo().Recorded(_recorder);

        await agent.RunAsync("hello");

        var node = Assert.Single(_recorder.ToTrajectory("").Nodes);
        Assert.Equal(("echo", "hello!"), (node.Id, node.Text));
        Assert.Equal(["hello"], node.Input.Select(m => m.Text));
    }

    [Fact]
    public async Task Recorded_AgentThatReportsNothingFails_WhatItHeardIsKept()
    {
        await Assert.ThrowsAsync<NotSupportedException>(async () => await new Echo().Recorded(_recorder).RunStreamingAsync("hello").ReadAsync());

        var node = Assert.Single(_recorder.ToTrajectory("").Nodes);
        Assert.Equal(["hello"], node.Input.Select(m => m.Text));
        Assert.NotNull(node.Error);
    }

    [Fact]
    public async Task Recorded_UsageWithoutCounts_IsUnknownAndNotZero()
    {
        using var model = Maf.Script(new ChatResponse(new ChatMessage(ChatRole.Assistant, "a plan")) { Usage = new() });

        await Maf.Agent("planner", model).Recorded(_recorder).RunAsync("go");

        Assert.Null(Assert.Single(_recorder.ToTrajectory("").Nodes).Usage);
    }

    [Fact]
    public async Task Recorded_SessionOverTwoRuns_TheSecondReadsTheFirst()
    {
        var agent = Maf.Agent("planner", "a plan", "a better plan").Recorded(_recorder);
        var session = await agent.CreateSessionAsync();
        await agent.RunAsync("plan", session);
        var restored = await agent.DeserializeSessionAsync(await agent.SerializeSessionAsync(session));

        await agent.RunAsync("better", restored);

        var trajectory = _recorder.ToTrajectory("");
        Assert.Equal(["planner", "planner#1<planner"], trajectory.Edges());
        Assert.Equal(["You are the planner.", "plan", "a plan", "better"], trajectory.Nodes[1].Input.Select(m => m.Text));
        Assert.Equal([0, 1], trajectory.Nodes.Select(n => n.Turn));
    }

    [Fact]
    public async Task Recorded_IdenticalReplies_ParentsAreKnownByTheMessage()
    {
        var (left, right, judge) = (Maf.Agent("left", "same").Recorded(_recorder), Maf.Agent("right", "same").Recorded(_recorder), Maf.Agent("judge", "ok").Recorded(_recorder));
        var first = await left.RunAsync("go");
        await right.RunAsync("go");

        await judge.RunAsync(first.Messages);

        Assert.Equal("judge<left", _recorder.ToTrajectory("").Edges().Last());
    }

    [Fact]
    public async Task Recorded_LocalModel_NodesCarryTheirTokens()
    {
        using var model = LocalModel.Create();
        var agent = new ChatClientAgent(model.GetChatClient(model.Base).AsAgentClient(), new ChatClientAgentOptions { Name = "solo", ChatOptions = new() { MaxOutputTokens = 4 } }).Recorded(_recorder);

        await agent.RunAsync("hello");
        await agent.RunStreamingAsync("hello again").ReadAsync();

        Assert.All(_recorder.ToTrajectory("").Nodes, n => Assert.Equal(n.Usage!.OutputTokens, n.Tokens!.CompletionIds.Length));
    }

    [Fact]
    public async Task Recorded_LocalModelWithoutAnAgentClient_OneCallStillHasItsTokens()
    {
        using var model = LocalModel.Create();
        var agent = new ChatClientAgent(model.GetChatClient(model.Base), new ChatClientAgentOptions { Name = "solo", ChatOptions = new() { MaxOutputTokens = 4 } }).Recorded(_recorder);

        await agent.RunAsync("hello");

        Assert.NotNull(Assert.Single(_recorder.ToTrajectory("").Nodes).Tokens);
    }

    [Fact]
    public void Recorded_AgentWithoutAName_IsRefused() =>
        Assert.Contains("no name", Assert.Throws<AgentTeamsException>(() => new ChatClientAgent(new ScriptedChatClient("x")).Recorded(_recorder)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Recorded_Twice_TheLastRecorderCounts()
    {
        var second = new AgentRecorder("second");

        await Maf.Agent("planner", "a plan").Recorded(_recorder).Recorded(second).RunAsync("go");

        Assert.Empty(_recorder.ToTrajectory("").Nodes);
        Assert.Equal(["planner"], second.ToTrajectory("").Edges());
    }

    private sealed class Echo : AIAgent
    {
        public override string Name => "echo";

        protected override ValueTask<AgentSession> CreateSessionCoreAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        protected override ValueTask<System.Text.Json.JsonElement> SerializeSessionCoreAsync(
            AgentSession session, System.Text.Json.JsonSerializerOptions? jsonSerializerOptions = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        protected override ValueTask<AgentSession> DeserializeSessionCoreAsync(
            System.Text.Json.JsonElement serializedState, System.Text.Json.JsonSerializerOptions? jsonSerializerOptions = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        protected override Task<AgentResponse> RunCoreAsync(IEnumerable<ChatMessage> messages, AgentSession? session = null, AgentRunOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new AgentResponse(new ChatMessage(ChatRole.Assistant, messages.Last().Text + "!")));

        protected override IAsyncEnumerable<AgentResponseUpdate> RunCoreStreamingAsync(
            IEnumerable<ChatMessage> messages, AgentSession? session = null, AgentRunOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
