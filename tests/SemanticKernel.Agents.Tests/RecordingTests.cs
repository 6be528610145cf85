using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Microsoft.SemanticKernel.Agents.Chat;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.Tests;

public sealed class RecordingTests
{
    private static readonly SeedKey Key = new(7, "rl", 2, "task-1", 3);

    [Fact]
    public async Task Recorded_OneAnswer_IsOneNodeOfTheKeysTrajectory()
    {
        var recorder = new AgentRecorder("solo", Key);

        var answer = await Sk.Agent("planner", "a plan").Recorded(recorder).AskAsync("what?");
        var trajectory = recorder.ToTrajectory(answer);

        Assert.Equal((Key.ToTrajectoryId(), "solo", "task-1", 3, "a plan"), (trajectory.Id, trajectory.WorkflowName, trajectory.TaskId, trajectory.SampleIndex, trajectory.Outcome));
        var node = Assert.Single(trajectory.Nodes);
        Assert.Equal(("planner", "planner", "a plan"), (node.Id, node.Role, node.Text));
        Assert.Equal(["You are the planner.", "what?"], node.Input.Select(m => m.Text));
    }

    [Fact]
    public async Task Recorded_ToolCall_TurnsAndToolsAreNodesAndFiltersFire()
    {
        using var model = Sk.Script(ScriptedReply.CallTool("Calculator_Double", new { x = 21 }), ScriptedReply.Say("42!"));
        var agent = Sk.Agent("coder", model, new Sk.Calculator());
        var notes = new Sk.FunctionNotes();
        agent.Kernel.FunctionInvocationFilters.Add(notes);
        agent.Kernel.AutoFunctionInvocationFilters.Add(notes);
        var recorder = new AgentRecorder("solo", Key);

        Assert.Equal("42!", await agent.Recorded(recorder).AskAsync("double 21"));

        var trajectory = recorder.ToTrajectory("42!");
        Assert.Equal(["coder/call-0", "coder/tool-0<coder/call-0", "coder/call-1<coder/tool-0"], trajectory.Edges());
        Assert.Equal(("Calculator_Double", "42", 21), (trajectory.Nodes[1].ToolName, trajectory.Nodes[1].Result?.ToString(), trajectory.Nodes[1].Arguments?.GetProperty("x").GetInt32()));
        Assert.Equal(["Double"], notes.Called);
        Assert.Equal(["Double"], notes.AutoCalled);
        Assert.Equal(2, model.Calls.Select(c => c.Options.Seed).Distinct().Count());
    }

    [Fact]
    public async Task Recorded_FunctionAsksAnotherModel_IsRecordedWithoutIt()
    {
        using var expert = new RecordingChatClient(new ScriptedChatClient("forty-two"));
        using var model = Sk.Script(ScriptedReply.CallTool("Expert_Ask"), ScriptedReply.Say("42!"));
        var agent = Sk.Agent("coder", model);
        agent.Kernel.Plugins.AddFromFunctions("Expert", [KernelFunctionFactory.CreateFromMethod(async () => (await expert.GetResponseAsync("what?")).Text, "Ask")]);
        var recorder = new AgentRecorder("solo", Key);

        Assert.Equal("42!", await agent.Recorded(recorder).AskAsync("ask"));

        var trajectory = recorder.ToTrajectory("42!");
        Assert.Equal(["coder/call-0", "coder/tool-0<coder/call-0", "coder/call-1<coder/tool-0"], trajectory.Edges());
        Assert.Equal("forty-two", trajectory.Nodes[1].Result?.ToString());
    }

    [Fact]
    public async Task Recorded_ToolFails_IsRecordedAndTheAgentGoesOn()
    {
        using var model = Sk.Script(ScriptedReply.CallTool("Calculator_Fail"), ScriptedReply.Say("sorry"));
        var recorder = new AgentRecorder("solo", Key);

        await Sk.Agent("coder", model, new Sk.Calculator()).Recorded(recorder).AskAsync("try");

        Assert.Equal("disk full", recorder.ToTrajectory("").Nodes[1].Error?.Message);
    }

    [Fact]
    public async Task Recorded_Streaming_RecordsTheSame()
    {
        async Task<(string Text, Trajectory Trajectory)> Run(bool streaming)
        {
            using var model = Sk.Script(ScriptedReply.CallTool("Calculator_Double", new { x = 21 }), ScriptedReply.Say("it is 42"));
            var recorder = new AgentRecorder("solo", Key);
            var agent = Sk.Agent("coder", model, new Sk.Calculator()).Recorded(recorder);
            var text = streaming
                ? string.Concat((await agent.InvokeStreamingAsync("double 21").ReadAsync()).Select(i => i.Message.Content))
                : await agent.AskAsync("double 21");
            return (text, recorder.ToTrajectory(text));
        }

        var (whole, streamed) = (await Run(false), await Run(true));

        Assert.Equal("it is 42", streamed.Text);
        Assert.Equal(whole.Trajectory.Edges(), streamed.Trajectory.Edges());
        Assert.Equal(whole.Trajectory.Nodes.Select(n => (n.Text, n.ToolName, n.Result?.ToString())), streamed.Trajectory.Nodes.Select(n => (n.Text, n.ToolName, n.Result?.ToString())));
    }

    [Fact]
    public async Task Recorded_AgentsOneAfterAnother_BuildOnEachOther()
    {
        var recorder = new AgentRecorder("pair", Key);
        var plan = await Sk.Agent("planner", "multiply").Recorded(recorder).AskAsync("6 by 7?");
        await Sk.Agent("coder", "6*7").Recorded(recorder).AskAsync($"6 by 7? {plan}");

        Assert.Equal(["planner", "coder<planner"], recorder.ToTrajectory("42").Edges());
    }

    [Fact]
    public async Task Recorded_SameAgentAgain_IsAnotherTurn()
    {
        var recorder = new AgentRecorder("again", Key);
        var agent = Sk.Agent("planner", "one", "two").Recorded(recorder);
        var thread = new ChatHistoryAgentThread();
        await agent.AskAsync("first?", thread);
        await agent.AskAsync("second?", thread);

        var nodes = recorder.ToTrajectory(null).Nodes;
        Assert.Equal([("planner", 0, 0), ("planner#1", 1, 1)], nodes.Select(n => (n.Id, n.Turn, n.Step)));
        Assert.Equal(["You are the planner.", "first?", "one", "second?"], nodes[1].Input.Select(m => m.Text));
    }

    [Fact]
    public async Task Recorded_AgentAfterALoop_BelongsToItsLastTurn()
    {
        var recorder = new AgentRecorder("loop", Key);
        var (planner, coder, judge) = (Sk.Agent("planner", "p").Recorded(recorder), Sk.Agent("coder", "c").Recorded(recorder), Sk.Agent("judge", "j").Recorded(recorder));
        var said = "go";
        foreach (var agent in new[] { planner, coder, planner, coder, judge }) said = await agent.AskAsync(said);

        Assert.Equal([0, 0, 1, 1, 1], recorder.ToTrajectory(null).Nodes.Select(n => n.Turn));
    }

    [Fact]
    public async Task RecordRun_Fails_TrajectoryCarriesTheCause()
    {
        var trajectory = await new AgentRecorder("broken", Key).RecordRunAsync(_ => throw new IOException("disk full"));

        Assert.Equal((TrajectoryStatus.Failed, "disk full"), (trajectory.Status, trajectory.Error?.Message));
    }

    [Fact]
    public async Task Recorded_KernelFunctionAsksAnotherRecordedClient_ItsTokensAreNotTheAgents()
    {
        var inner = new RecordingChatClient(new ScriptedChatClient("inner words"));
        var recorder = new AgentRecorder("nested", Key);
        var agent = Sk.Agent("asker", Sk.Script(ScriptedReply.CallTool("Helper_Ask"), ScriptedReply.Say("outer words")));
        agent.Kernel.Plugins.AddFromFunctions("Helper", [KernelFunctionFactory.CreateFromMethod(async () => (await inner.GetResponseAsync("what?")).Text, "Ask")]);
        await agent.Recorded(recorder).AskAsync("go");

        var nodes = recorder.ToTrajectory(null).Nodes;
        Assert.DoesNotContain(nodes, n => n.Kind == NodeKind.Role && n.Text == "inner words");
        Assert.Equal("inner words", nodes.Single(n => n.Kind == NodeKind.Tool).Result?.ToString());
    }

    [Fact]
    public async Task Recorded_ServiceWithoutRecordingClient_IsRecordedFromItsMessages()
    {
        // A connector of its own has no place for a recording client; its loop is seen by filters and messages only.
        using var model = Sk.Script(ScriptedReply.CallTool("Calculator_Double", new { x = 21 }), ScriptedReply.Say("42!").WithUsage(5, 2));
        var builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton(model.AsBuilder().UseKernelFunctionInvocation().Build().AsChatCompletionService());
        var kernel = builder.Build();
        kernel.Plugins.AddFromType<Sk.Calculator>();
        var agent = new ChatCompletionAgent { Name = "coder", Kernel = kernel, Arguments = new(new PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() }) };
        var recorder = new AgentRecorder("solo", Key);

        await agent.Recorded(recorder).AskAsync("double 21");

        var trajectory = recorder.ToTrajectory("42!");
        Assert.Equal(["coder/call-0", "coder/tool-0<coder/call-0", "coder/call-1<coder/tool-0"], trajectory.Edges());
        Assert.Equal(("42", "42!"), (trajectory.Nodes[1].Result?.ToString(), trajectory.Nodes[2].Text));
        Assert.Equal(new TokenUsage(5, 2), trajectory.Nodes[2].Usage);
    }

    [Fact]
    public async Task Recorded_ModelFails_ErrorIsAtItsNode()
    {
        using var model = Sk.Script();
        var recorder = new AgentRecorder("solo", Key);

        await Assert.ThrowsAsync<IOException>(() => Sk.Agent("planner", model).Recorded(recorder).AskAsync("what?"));

        Assert.Equal("IOException", recorder.ToTrajectory(null, TrajectoryStatus.Failed).Nodes.Single().Error?.Type);
    }

    [Fact]
    public async Task Recorded_SameKeyTwice_SeedsEqual()
    {
        async Task<IEnumerable<long?>> Seeds(SeedKey key)
        {
            using var model = new ScriptedChatClient("one", "two");
            var agent = Sk.Agent("planner", model).Recorded(new AgentRecorder("solo", key));
            await agent.AskAsync("a");
            await agent.AskAsync("b");
            return model.Calls.Select(c => c.Options.Seed);
        }

        Assert.Equal(await Seeds(Key), await Seeds(Key));
        Assert.NotEqual(await Seeds(Key), await Seeds(Key with { Sample = 4 }));
    }

    [Fact]
    public async Task RecordAsync_PromptFunctionWithoutAgent_IsANode()
    {
        using var model = new ScriptedChatClient("bonjour");
        var kernel = Sk.Kernel(model);
        var recorder = new AgentRecorder("kernel", Key);

        var result = await recorder.RecordAsync("translator", kernel, (k, token) => k.InvokePromptAsync<string>("Translate {{$x}}.", new() { ["x"] = "hello" }, cancellationToken: token));

        Assert.Equal("bonjour", result);
        Assert.Equal("Translate hello.", Assert.Single(recorder.ToTrajectory(result).Nodes).Input[^1].Text);
    }

    [Fact]
    public async Task InvokeAsync_FunctionBetweenTwoAgents_IsAToolNodeBetweenTheirs()
    {
        var recorder = new AgentRecorder("between", Key);
        var kernel = new Kernel();
        var notes = new Sk.FunctionNotes();
        kernel.FunctionInvocationFilters.Add(notes);
        var calculator = kernel.Plugins.AddFromType<Sk.Calculator>();
        await Sk.Agent("coder", "21").Recorded(recorder).AskAsync("number?");
        var result = await recorder.InvokeAsync(kernel, calculator["Double"], new() { ["x"] = 21 });
        await Assert.ThrowsAsync<IOException>(() => recorder.InvokeAsync(kernel, calculator["Fail"]));
        await Sk.Agent("judge", "fine").Recorded(recorder).AskAsync($"is {result} right?");

        var trajectory = recorder.ToTrajectory("42");
        Assert.Equal(["coder", "Double<coder", "Fail<Double", "judge<Fail"], trajectory.Edges());
        Assert.Equal((NodeKind.Tool, "Double", "42", null), (trajectory.Nodes[1].Kind, trajectory.Nodes[1].ToolName, trajectory.Nodes[1].Result?.ToString(), trajectory.Nodes[1].Role));
        Assert.Equal("disk full", trajectory.Nodes[2].Error?.Message);
        Assert.Equal(["Double", "Fail"], notes.Called);
    }

    [Fact]
    public async Task Recorded_AgentAskedByAnAgentsTool_BuildsOnTheCallThatAsked()
    {
        var recorder = new AgentRecorder("nested", Key);
        var helper = Sk.Agent("helper", "helped").Recorded(recorder);
        using var model = Sk.Script(ScriptedReply.CallTool("Team_helper", new { query = "help" }), ScriptedReply.Say("done"));
        var lead = Sk.Agent("lead", model);
        lead.Kernel.Plugins.Add(AgentKernelPluginFactory.CreateFromAgents("Team", helper));

        await lead.Recorded(recorder).AskAsync("go");

        Assert.Equal(["lead/call-0", "helper<lead/call-0", "lead/tool-0<lead/call-0", "lead/call-1<lead/tool-0"], recorder.ToTrajectory("done").Edges());
    }

    [Fact]
    public async Task Recorded_AgentGroupChat_RecordsEverySpeaker()
    {
        var recorder = new AgentRecorder("group", Key);
        var chat = new AgentGroupChat(Sk.Agent("writer", "draft", "better").Recorded(recorder), Sk.Agent("critic", "too short", "fine").Recorded(recorder))
        {
            ExecutionSettings = new() { TerminationStrategy = new NeverDone { MaximumIterations = 3 } },
        };
        chat.AddChatMessage(new ChatMessageContent(AuthorRole.User, "write"));

        var said = await chat.InvokeAsync().ReadAsync();

        Assert.Equal(["draft", "too short", "better"], said.Select(m => m.Content));
        var trajectory = recorder.ToTrajectory(said[^1].Content);
        Assert.Equal(["writer", "critic<writer", "writer#1<critic"], trajectory.Edges());
        Assert.Equal(["You are the writer.", "write", "draft", "too short"], trajectory.Nodes[2].Input.Select(m => m.Text));
    }

    [Fact]
    public async Task RecordRunAsync_WhateverHappens_IsInTheTrajectory()
    {
        using var stop = new CancellationTokenSource();
        async Task<Trajectory> Run(string[] answers, CancellationToken token = default)
        {
            using var model = Sk.Script([.. answers.Select(ScriptedReply.Say)]);
            var recorder = new AgentRecorder("solo", Key, cancellationToken: token);
            return await recorder.RecordRunAsync(async given =>
            {
                given.ThrowIfCancellationRequested();
                return await Sk.Agent("planner", model).Recorded(recorder).AskAsync("what?");
            }, group: "g");
        }

        var (completed, failed) = (await Run(["a plan"]), await Run([]));
        await stop.CancelAsync();
        var cancelled = await Run(["a plan"], stop.Token);

        Assert.Equal([(TrajectoryStatus.Completed, "a plan", 1), (TrajectoryStatus.Failed, null, 1), (TrajectoryStatus.Cancelled, null, 0)],
            new[] { completed, failed, cancelled }.Select(t => (t.Status, t.Outcome, t.Nodes.Length)));
        Assert.Equal("g", completed.GroupId);
    }

    [Fact]
    public async Task Recorded_OptionsOfAKindOfTheirOwn_ReachTheAgentAsTheyAre()
    {
        var recorder = new AgentRecorder("solo");
        var options = new OwnOptions { AdditionalInstructions = "Be brief." };

        var said = await Sk.Agent("planner", "a plan").Recorded(recorder).InvokeAsync("what?", options: options).ReadAsync();

        Assert.Equal("a plan", said.Single().Message.Content);
        Assert.Contains(recorder.ToTrajectory("").Nodes.Single().Input, m => m.Text == "Be brief.");
    }

    [Fact]
    public async Task Recorded_Twice_TheLastRecorderCounts()
    {
        var (first, second) = (new AgentRecorder("first"), new AgentRecorder("second"));

        await Sk.Agent("planner", "a plan").Recorded(first).Recorded(second).AskAsync("what?");

        Assert.Empty(first.ToTrajectory("").Nodes);
        Assert.Equal(["planner"], second.ToTrajectory("").Edges());
    }

    [Fact]
    public void Recorder_EmptyName_IsRefused() => Assert.Throws<AgentTeamsException>(() => new AgentRecorder(" "));

    private sealed class OwnOptions : AgentInvokeOptions;

    private sealed class NeverDone : TerminationStrategy
    {
        protected override Task<bool> ShouldAgentTerminateAsync(Agent agent, IReadOnlyList<ChatMessageContent> history, CancellationToken cancellationToken) => Task.FromResult(false);
    }
}
