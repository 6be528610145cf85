using System.Text.Json;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class AgentTests
{
    [Fact]
    public async Task AsAIAgent_Workflow_RunsOverTheSession()
    {
        var agent = Team().AsAIAgent(TeamRuntime.ForAll(new ScriptedChatClient(call => ScriptedReply.Say($"heard {call.Messages[^1].Text}"))));
        var session = await agent.CreateSessionAsync();

        var first = await agent.RunAsync("one", session);
        var second = await agent.RunAsync("two", await agent.DeserializeSessionAsync(await agent.SerializeSessionAsync(session)));

        Assert.Equal("heard one", first.Text);
        Assert.Equal("heard heard one|two", second.Text);
    }

    [Fact]
    public async Task AsAIAgent_Workflow_StreamsItsAnswerAndUsage()
    {
        using var model = new ScriptedChatClient(ScriptedReply.Say("two words").WithUsage(3, 2));

        var response = (await Team().AsAIAgent(TeamRuntime.ForAll(model)).RunStreamingAsync("go").ReadAsync()).ToAgentResponse();

        Assert.Equal(("two words", "team", 3L, 2L), (response.Text, response.Messages[0].AuthorName, response.Usage?.InputTokenCount, response.Usage?.OutputTokenCount));
    }

    [Fact]
    public async Task AsAIAgent_WorkflowFails_ThrowsAndTheSessionIsAsBefore()
    {
        using var model = new ScriptedChatClient(call => call.Index == 0 ? ScriptedReply.Say("fine") : throw new IOException("disk full"));
        var agent = Team().AsAIAgent(TeamRuntime.ForAll(model));
        var session = await agent.CreateSessionAsync();
        await agent.RunAsync("one", session);
        var before = (await agent.SerializeSessionAsync(session)).GetRawText();

        await Assert.ThrowsAsync<WorkflowNodeException>(() => agent.RunAsync("two", session));
        await Assert.ThrowsAsync<WorkflowNodeException>(() => agent.RunStreamingAsync("two", session).ReadAsync());

        Assert.Equal(before, (await agent.SerializeSessionAsync(session)).GetRawText());
    }

    [Fact]
    public async Task AsAIAgent_WorkflowHandsOver_IsRefusedWithTheFix()
    {
        var wf = Workflow.CreateBuilder<string>("team");
        wf.Start(wf.AddFunction("f", s => s));
        var agent = wf.Build().BindChat(_ => "", _ => new AgentReply("bye", "other")).AsAIAgent(TeamRuntime.ForAll(new ScriptedChatClient("x")));

        Assert.Contains("'other'", (await Assert.ThrowsAsync<AgentTeamsException>(() => agent.RunAsync("go"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeserializeSession_NotItsOwn_IsRefused()
    {
        var agent = Team().AsAIAgent(TeamRuntime.ForAll(new ScriptedChatClient("x")));
        var foreign = await Maf.Agent("other", "x").CreateSessionAsync();

        await Assert.ThrowsAsync<AgentTeamsException>(() => agent.DeserializeSessionAsync(JsonSerializer.SerializeToElement(42)).AsTask());
        Assert.Contains("CreateSessionAsync", (await Assert.ThrowsAsync<AgentTeamsException>(() => agent.RunAsync("go", foreign))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AsAIAgent_WorkflowInsideARecordedAgent_ItsNodesAreTheTrajectorys()
    {
        var recorder = new AgentRecorder("outer", new SeedKey(3));
        var agent = Team().AsAIAgent(TeamRuntime.ForAll(new ScriptedChatClient("fine"))).Recorded(recorder);

        await agent.RunAsync("go");

        Assert.Equal(["team/solo"], recorder.ToTrajectory("").Edges());
    }

    [Fact]
    public async Task AsAIAgent_WorkflowRunTwiceInsideOneInvocation_NodesAndSeedsDiffer()
    {
        var recorder = new AgentRecorder("outer", new SeedKey(3));
        using var model = new ScriptedChatClient("fine");
        var team = Team().AsAIAgent(TeamRuntime.ForAll(model));
        var twice = new LoopAgent(team).Recorded(recorder);

        await twice.RunAsync("go");

        Assert.Equal(["team/solo", "team/solo~1"], recorder.ToTrajectory("").Nodes.Select(n => n.Id));
        Assert.Equal(2, model.Calls.Select(c => c.Options.Seed).Distinct().Count());
    }

    [Fact]
    public async Task AsAIAgent_Role_UsesItsToolsAndStreamsItsReply()
    {
        using var model = Maf.Script(ScriptedReply.CallTool("twice", new { x = 21 }), ScriptedReply.Say("it is 42"));
        var agent = new Role { Name = "coder", Instructions = "Calculate.", Tools = [AIFunctionFactory.Create((int x) => 2 * x, "twice")] }.AsAIAgent(model);

        var updates = await agent.RunStreamingAsync("twice 21").ReadAsync();

        Assert.Equal("it is 42", updates.ToAgentResponse().Text);
        Assert.True(updates.Count(u => u.Text.Length > 0) > 1);
        Assert.Equal(("coder", "coder"), (agent.Name, agent.Description));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AsAIAgent_RoleSaysSomethingBesideAToolCall_ItIsAMessageBeforeTheAnswer(bool isStreaming)
    {
        var asked = ScriptedReply.CallTool("twice", new { x = 21 }).With(r => r.Messages[0].Contents.Insert(0, new TextContent("Let me see.")));
        using var model = Maf.Script(asked, ScriptedReply.Say("it is 42"), ScriptedReply.Say("as I said"));
        var agent = new Role { Name = "coder", Tools = [AIFunctionFactory.Create((int x) => 2 * x, "twice")] }.AsAIAgent(model);
        var session = await agent.CreateSessionAsync();

        var response = isStreaming
            ? (await agent.RunStreamingAsync("twice 21", session).ReadAsync()).ToAgentResponse()
            : await agent.RunAsync("twice 21", session);

        Assert.Equal(["Let me see.", "it is 42"], response.Messages.Select(m => m.Text));
        Assert.Equal(2, response.Messages.Select(m => m.MessageId).Distinct().Count());
        await agent.RunAsync("sure?", session);
        Assert.Equal(["twice 21", "it is 42", "sure?"], model.Calls[^1].Messages.Select(m => m.Text));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AsAIAgent_ModelTellsNoUsage_ItIsUnknownAndNotZero(bool isStreaming)
    {
        var agent = Team().AsAIAgent(TeamRuntime.ForAll(new ScriptedChatClient("fine")));

        var response = isStreaming ? (await agent.RunStreamingAsync("go").ReadAsync()).ToAgentResponse() : await agent.RunAsync("go");

        Assert.Null(response.Usage);
    }

    [Fact]
    public async Task AsRole_Agent_AnswersInAWorkflowWithItsOwnInstructions()
    {
        using var model = new ScriptedChatClient("a plan");
        var planner = Maf.Agent("planner", model);
        var wf = Workflow.CreateBuilder<string>("solo");
        wf.Start(wf.AddRole(planner.AsRole(), s => s, (_, reply) => reply.Text));

        var run = await wf.Build().RecordAsync("go", TeamRuntime.ForAll(planner.AsChatClient()));

        Assert.Equal("a plan", run.State);
        Assert.Equal("You are the planner.", model.Calls.Single().Options.Instructions);
        Assert.Equal(["planner"], run.Trajectory.Nodes.Select(n => n.Id));
    }

    [Fact]
    public async Task AsChatClient_OptionsThatARunOfAnAgentHasNot_AreRefusedByName()
    {
        using var client = Maf.Agent("planner", "a plan").AsChatClient();

        foreach (var options in new ChatOptions[] { new() { Temperature = 1 }, new() { Tools = [AIFunctionFactory.Create(() => 1, "f")] }, new() { MaxOutputTokens = 3 }, new() { StopSequences = ["."] } })
            Assert.Contains("'planner'", (await Assert.ThrowsAsync<AgentTeamsException>(() => client.GetResponseAsync("go", options))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AsRole_AgentWithoutAName_IsRefused() => Assert.Throws<AgentTeamsException>(() => new ChatClientAgent(new ScriptedChatClient("x")).AsRole());

    private static BoundWorkflow<IReadOnlyList<ChatMessage>, AgentReply> Team()
    {
        var wf = Workflow.CreateBuilder<string>("team");
        wf.Start(wf.AddRole(new Role { Name = "solo" }, s => s, (_, reply) => reply.Text));
        return wf.Build().BindChat(messages => string.Join('|', messages.Skip(1).Select(m => m.Text).DefaultIfEmpty(messages[0].Text)), s => new AgentReply(s));
    }

    private sealed class LoopAgent(AIAgent inner) : DelegatingAIAgent(inner)
    {
        protected override async Task<AgentResponse> RunCoreAsync(IEnumerable<ChatMessage> messages, AgentSession? session = null, AgentRunOptions? options = null, CancellationToken cancellationToken = default)
        {
            var first = await InnerAgent.RunAsync(messages, session, options, cancellationToken);
            return await InnerAgent.RunAsync(first.Messages, session, options, cancellationToken);
        }
    }
}
