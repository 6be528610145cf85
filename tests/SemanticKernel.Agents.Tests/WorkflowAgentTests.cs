using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Microsoft.SemanticKernel.Agents.Orchestration.Handoff;
using Microsoft.SemanticKernel.Agents.Orchestration.Sequential;
using Microsoft.SemanticKernel.Agents.Runtime.InProcess;

namespace AgentTeams.Tests;

public sealed class WorkflowAgentTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task AsAgent_Workflow_AnswersFromItsStateAndKeepsTheThread()
    {
        var thread = new ChatHistoryAgentThread();
        var agent = Agent();

        Assert.Equal("a plan; some code", await agent.AskAsync("first", thread));
        await agent.AskAsync("second", thread);

        Assert.Equal(["first", "a plan; some code", "second", "a plan; some code"], thread.ChatHistory.Select(m => m.Content));
        Assert.Equal("plan-code", thread.ChatHistory[1].AuthorName);
    }

    [Fact]
    public async Task AsAgent_Workflow_StreamsAndTellsIntermediateMessages()
    {
        var heard = new List<(string?, string?)>();
        var options = new AgentInvokeOptions
        {
            OnIntermediateMessage = m =>
            {
                heard.Add((m.AuthorName, m.Content));
                return Task.CompletedTask;
            },
        };

        var streamed = await Agent().InvokeStreamingAsync("go", options: options).ReadAsync();

        Assert.Equal("a plan; some code", string.Concat(streamed.Select(s => s.Message.Content)));
        Assert.Equal([("planner", "a plan"), ("coder", "some code"), ("plan-code", "a plan; some code")], heard);
    }

    [Fact]
    public async Task AsAgent_InASequence_ItsAnswerArrivesAndItsNodesAreRecorded()
    {
        var recorder = new AgentRecorder("mixed", new SeedKey(3, Task: "t"));
        var orchestration = new SequentialOrchestration(Sk.Agent("asker", "a question").Recorded(recorder), Agent().Recorded(recorder), Sk.Agent("judge", "fine").Recorded(recorder));

        Assert.Equal("fine", await RunAsync(orchestration.InvokeAsync));

        Assert.Equal(["asker", "plan-code/planner<asker", "plan-code/coder<plan-code/planner", "judge<plan-code/coder"], recorder.ToTrajectory("fine").Edges());
        Assert.Equal(["asker", "planner", "coder", "judge"], recorder.ToTrajectory("fine").Nodes.Select(n => n.Role));
    }

    [Fact]
    public async Task AsAgent_InvokedTwiceInOneRun_DrawsOtherNumbersAndKeepsTheRunsTurns()
    {
        var seeds = new List<long?>();
        var client = new ScriptedChatClient(call =>
        {
            seeds.Add(call.Options.Seed);
            return ScriptedReply.Say("ok");
        });
        var recorder = new AgentRecorder("mixed", new SeedKey(3, Task: "t"));
        var agent = Agent(runtime: TeamRuntime.ForAll(client)).Recorded(recorder);
        await agent.AskAsync("first");
        await agent.AskAsync("second");

        Assert.Equal(4, seeds.Distinct().Count());
        Assert.Equal([0, 0, 1, 1], recorder.ToTrajectory(null).Nodes.Select(n => n.Turn));
    }

    [Fact]
    public async Task AsAgent_HandoffTo_HandsOverInsideAHandoffOrchestration()
    {
        var recorder = new AgentRecorder("handoff");
        var team = Agent("closer").Recorded(recorder);
        var closer = Sk.Agent("closer", "closed").Recorded(recorder);

        Assert.Equal("closed", await RunAsync(new HandoffOrchestration(OrchestrationHandoffs.StartWith(team).Add(team, closer), team, closer).InvokeAsync));

        Assert.Equal("closer<plan-code/coder", recorder.ToTrajectory("").Edges().Last());
    }

    [Fact]
    public async Task AsAgent_HandoffToAStranger_NamesTheChoices()
    {
        var team = Agent("nobody");
        var closer = Sk.Agent("closer", "closed");

        var error = await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(new HandoffOrchestration(OrchestrationHandoffs.StartWith(team).Add(team, closer), team, closer).InvokeAsync));

        Assert.Contains("transfer_to_closer", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AsAgent_FailingRole_ThrowsTheWorkflowsError()
    {
        var agent = Agent(runtime: TeamRuntime.ForAll(Sk.Script()));

        Assert.Equal("planner", (await Assert.ThrowsAsync<WorkflowNodeException>(() => agent.AskAsync("go"))).NodeId);
    }

    [Fact]
    public async Task AsAgent_GroupChat_TakesPart()
    {
        var chat = new AgentGroupChat();
        chat.AddChatMessage(new(Microsoft.SemanticKernel.ChatCompletion.AuthorRole.User, "go"));

        var said = await chat.InvokeAsync(Agent()).ReadAsync();

        Assert.Equal("a plan; some code", said.Single().Content);
    }

    [Fact]
    public async Task AsKernelFunction_Workflow_RunsTheTeam()
    {
        var function = Team().Bind((string task) => new Draft(task), s => $"{s.Plan}; {s.Code}", new() { Name = "plan code", Description = "Plans and codes." }).AsKernelFunction(s_runtime);

        Assert.Equal(("plan_code", "Plans and codes.", "input"), (function.Name, function.Description, function.Metadata.Parameters.Single().Name));
        Assert.Equal("a plan; some code", (await function.InvokeAsync(new Kernel(), new() { ["input"] = "go" })).ToString());
    }

    [Fact]
    public async Task AsAIAgent_WorkflowAndRole_RunUnderAgentFramework()
    {
        var team = Agent().AsAIAgent();
        var role = new Role { Name = "planner" }.AsAgent(new ScriptedChatClient("a plan")).AsAIAgent();

        var response = await team.RunAsync("go");

        Assert.Equal("a plan; some code", response.Messages[^1].Text);
        Assert.Equal("a plan", (await role.RunAsync("go")).Messages[^1].Text);
    }

    private static async Task<string> RunAsync(Func<string, InProcessRuntime, CancellationToken, ValueTask<Microsoft.SemanticKernel.Agents.Orchestration.OrchestrationResult<string>>> invoke)
    {
        await using var runtime = new InProcessRuntime();
        await runtime.StartAsync();
        return await (await invoke("the task", runtime, default)).GetValueAsync(Patience);
    }

    private static Workflow<Draft> Team()
    {
        var wf = Workflow.CreateBuilder<Draft>("plan-code");
        var plan = wf.AddRole(new Role { Name = "planner" }, s => s.Task, (s, reply) => s with { Plan = reply.Text });
        var code = wf.AddRole(new Role { Name = "coder" }, s => $"{s.Task} {s.Plan}", (s, reply) => s with { Code = reply.Text });
        wf.Start(plan).Then(code);
        return wf.Build();
    }

    private static readonly TeamRuntime s_runtime = new() { ChatClientSelector = role => new ScriptedChatClient(role.Name == "planner" ? "a plan" : "some code") };

    private static ChatHistoryAgent Agent(string? handoffTo = null, TeamRuntime? runtime = null) =>
        Team().BindChat(messages => new(messages[^1].Text), s => new AgentReply($"{s.Plan}; {s.Code}", handoffTo)).AsAgent(runtime ?? s_runtime);

    private sealed record Draft(string Task, string Plan = "", string Code = "");
}
