using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.Tests;

public sealed class KernelRecordingTests
{
    private readonly TestClock _clock = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RecordAsync_LoopThatReportsNoTurns_IsRecordedAsItWasSent(bool isService)
    {
        using var model = new ScriptedChatClient(call =>
        {
            _clock.Advance(TimeSpan.FromSeconds(call.Index + 1));
            return call.Index == 0 ? ScriptedReply.CallTool("Calculator_Double", new { x = 21 }).WithUsage(10, 1) : ScriptedReply.Say("42!").WithUsage(20, 2);
        });
        var kernel = isService ? Kernels.OfService(model) : Kernels.OfClient(model);
        var recorder = new AgentRecorder("kernel", timeProvider: _clock);
        ChatHistory history = new("You calculate.");
        history.AddUserMessage("double 21");

        if (isService)
        {
            await recorder.RecordAsync("coder", kernel, (k, token) => k.GetRequiredService<IChatCompletionService>().GetChatMessageContentsAsync(history, Kernels.Auto, k, token));
        }
        else
        {
            await recorder.RecordAsync("coder", kernel, (k, token) => k.GetRequiredService<IChatClient>().GetResponseAsync(
                [new(ChatRole.System, "You calculate."), new(ChatRole.User, "double 21")], Kernels.Auto.ToChatOptions(k), token));
        }

        var nodes = recorder.ToTrajectory("42!").Nodes;
        Assert.Equal(["coder/call-0", "coder/tool-0", "coder/call-1"], nodes.Select(n => n.Id));
        Assert.Equal([ChatRole.System, ChatRole.User], nodes[0].Input.Select(m => m.Role));
        Assert.Equal(nodes[0].Output.SelectMany(m => m.Contents).OfType<Microsoft.Extensions.AI.FunctionCallContent>().Single().Name, nodes[1].ToolName);
        Assert.Equal(["You calculate.", "double 21", "", ""], nodes[2].Input.Select(m => m.Text));
        Assert.Equal("42", nodes[2].Input[3].Contents.OfType<Microsoft.Extensions.AI.FunctionResultContent>().Single().Result?.ToString());
        Assert.Equal([1, 2], nodes.Where(n => n.Kind == NodeKind.Role).Select(n => (int)n.Duration.TotalSeconds));
        Assert.Equal((30, 3), (nodes.Sum(n => n.Usage?.InputTokens ?? 0), nodes.Sum(n => n.Usage?.OutputTokens ?? 0)));
    }

    [Fact]
    public async Task RecordAsync_PromptFunction_IsANode()
    {
        using var model = new ScriptedChatClient("bonjour");
        var recorder = new AgentRecorder("kernel");

        var result = await recorder.RecordAsync("translator", Kernels.OfClient(model), (k, token) => k.InvokePromptAsync<string>("Translate {{$x}}.", new() { ["x"] = "hello" }, cancellationToken: token));

        Assert.Equal("bonjour", result);
        Assert.Equal("Translate hello.", Assert.Single(recorder.ToTrajectory(result).Nodes).Input[^1].Text);
    }

    [Fact]
    public async Task RecordAsync_Fails_IsThrownAndRecorded()
    {
        var recorder = new AgentRecorder("kernel");

        await Assert.ThrowsAsync<IOException>(() => recorder.RecordAsync<string>("translator", new Kernel(), (_, _) => throw new IOException("disk full")));

        Assert.Equal("disk full", Assert.Single(recorder.ToTrajectory(null).Nodes).Error?.Message);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task RecordAsync_ModelFails_WhatItWasSentIsKept(bool isService, bool isStreaming)
    {
        using var model = new ScriptedChatClient(ScriptedReply.Fail(new IOException("no model")));
        var recorder = new AgentRecorder("kernel");

        await Assert.ThrowsAsync<IOException>(() => Ask(recorder, isService ? Kernels.OfService(model) : Kernels.OfClient(model), isService, isStreaming));

        var node = Assert.Single(recorder.ToTrajectory(null).Nodes);
        Assert.Equal(["You calculate.", "double 21"], node.Input.Select(m => m.Text));
        Assert.Equal(("coder", "no model"), (node.Id, node.Error?.Message));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task RecordAsync_ModelFailsAfterATool_TheToolAndTheFailedCallAreKept(bool isService, bool isStreaming)
    {
        using var model = new ScriptedChatClient(call =>
            call.Index == 0 ? ScriptedReply.CallTool("Calculator_Double", new { x = 21 }) : throw new IOException("no model"));
        var recorder = new AgentRecorder("kernel");

        await Assert.ThrowsAsync<IOException>(() => Ask(recorder, isService ? Kernels.OfService(model) : Kernels.OfClient(model), isService, isStreaming));

        var nodes = recorder.ToTrajectory(null).Nodes;
        var tool = Assert.Single(nodes, n => n.Kind == NodeKind.Tool);
        Assert.Equal(("42", null), (tool.Result?.ToString(), tool.Error));
        Assert.Equal((tool.Id, "no model"), (Assert.Single(nodes[^1].Parents), nodes[^1].Error?.Message));
        Assert.Equal(["You calculate.", "double 21"], nodes[^1].Input.Take(2).Select(m => m.Text));
    }

    [Fact]
    public async Task RecordAsync_ToolOfALoopWithoutFiltersAsksAModel_TheCallsAreNotTheRoles()
    {
        using var expert = new RecordingChatClient(new ScriptedChatClient("forty-two"));
        using var model = Kernels.Script(ScriptedReply.CallTool("ask"), ScriptedReply.Say("42!"));
        var builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton(model.AsBuilder().UseFunctionInvocation().Build());
        var options = new ChatOptions { Tools = [AIFunctionFactory.Create(async () => (await expert.GetResponseAsync("what?")).Text, "ask")] };
        var recorder = new AgentRecorder("kernel");

        await recorder.RecordAsync("coder", builder.Build(), (k, token) => k.GetRequiredService<IChatClient>().GetResponseAsync("go", options, token));

        Assert.Equal([("coder/call-0", ""), ("coder/call-1", "42!")], recorder.ToTrajectory(null).Nodes.Select(n => (n.Id, n.Text)));
    }

    [Fact]
    public async Task RecordAsync_UsageWithoutCounts_IsUnknownAndNotZero()
    {
        var recorder = new AgentRecorder("kernel");
        var builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton<IChatCompletionService>(new OwnUsageService());

        await recorder.RecordAsync("coder", builder.Build(), (k, token) =>
            k.GetRequiredService<IChatCompletionService>().GetChatMessageContentsAsync([], kernel: k, cancellationToken: token));

        Assert.Null(Assert.Single(recorder.ToTrajectory(null).Nodes).Usage);
    }

    [Fact]
    public async Task Recorded_ServiceOfAManager_ItsChoicesAreNodesOfItsRole()
    {
        using var model = Kernels.Script(ScriptedReply.Say("coder"), ScriptedReply.Say("done"));
        var recorder = new AgentRecorder("team");
        var manager = Kernels.OfClient(model).AsRecordedService(recorder, "manager");

        await manager.GetChatMessageContentAsync("who is next?");
        await manager.GetChatMessageContentAsync("and now?");

        var nodes = recorder.ToTrajectory(null).Nodes;
        Assert.Equal([("manager", "manager", "coder"), ("manager#1", "manager", "done")], nodes.Select(n => (n.Id, n.Role!, n.Text)));
    }

    [Fact]
    public async Task Recorded_RunsWhoseAnswersArriveInAnyOrder_AreRecordedAlike()
    {
        async Task<Trajectory> Run(params string[] order)
        {
            var recorder = new AgentRecorder("concurrent", new SeedKey(1));
            var gates = order.ToDictionary(o => o, _ => new TaskCompletionSource());
            var services = new[] { "left", "middle", "right" }.ToDictionary(name => name, name => new ScriptedChatClient(async call =>
            {
                await gates[name].Task;
                return ScriptedReply.Say($"{name} {call.Options.Seed}");
            }).AsChatCompletionService().Recorded(recorder, name));
            var asked = order.Select(name => (Name: name, Answer: services[name].GetChatMessageContentAsync("go"))).ToList();
            foreach (var (name, answer) in asked.AsEnumerable().Reverse())
            {
                gates[name].SetResult();
                await answer;
            }

            return recorder.ToTrajectory(null);
        }

        var first = await Run("left", "middle", "right");
        Assert.Equal(["left", "middle", "right"], first.Nodes.Select(n => n.Id));
        foreach (var order in new string[][] { ["right", "left", "middle"], ["middle", "right", "left"] })
            Assert.Equal(first.Nodes.Select(n => (n.Id, n.Text, n.Step, n.Turn)), (await Run(order)).Nodes.Select(n => (n.Id, n.Text, n.Step, n.Turn)));
    }

    [Fact]
    public async Task InvokeAsync_Function_IsAToolNodeAndItsFailureToo()
    {
        var recorder = new AgentRecorder("tools");
        var kernel = new Kernel();
        var plugin = kernel.Plugins.AddFromType<Kernels.Calculator>();

        var result = await recorder.InvokeAsync(kernel, plugin["Double"], new() { ["x"] = 21 });
        await Assert.ThrowsAnyAsync<Exception>(() => recorder.InvokeAsync(kernel, plugin["Double"], new() { ["x"] = "no number" }));

        Assert.Equal(42, result.GetValue<int>());
        var nodes = recorder.ToTrajectory(null).Nodes;
        Assert.Equal(["Double", "Double#1"], nodes.Select(n => n.Id));
        Assert.NotNull(nodes[1].Error);
    }

    private static Task<int> Ask(AgentRecorder recorder, Kernel kernel, bool isService, bool isStreaming) =>
        recorder.RecordAsync("coder", kernel, (k, token) => Ask(k, isService, isStreaming, token));

    private static async Task<int> Ask(Kernel k, bool isService, bool isStreaming, CancellationToken token)
    {
        ChatHistory history = new("You calculate.");
        history.AddUserMessage("double 21");
        List<ChatMessage> messages = [new(ChatRole.System, "You calculate."), new(ChatRole.User, "double 21")];
        var (options, service) = (Kernels.Auto.ToChatOptions(k), isService ? k.GetRequiredService<IChatCompletionService>() : null);
        var parts = 0;
        switch (isService, isStreaming)
        {
            case (true, true):
                await foreach (var _ in service!.GetStreamingChatMessageContentsAsync(history, Kernels.Auto, k, token)) parts++;
                break;
            case (true, false):
                await service!.GetChatMessageContentsAsync(history, Kernels.Auto, k, token);
                break;
            case (false, true):
                await foreach (var _ in k.GetRequiredService<IChatClient>().GetStreamingResponseAsync(messages, options, token)) parts++;
                break;
            default:
                await k.GetRequiredService<IChatClient>().GetResponseAsync(messages, options, token);
                break;
        }

        return parts;
    }

    /// <summary>Answers with a usage of a type of its own that has no counts.</summary>
    private sealed class OwnUsageService : IChatCompletionService
    {
        public IReadOnlyDictionary<string, object?> Attributes { get; } = new Dictionary<string, object?>();

        public Task<IReadOnlyList<ChatMessageContent>> GetChatMessageContentsAsync(
            ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default) =>
            Task.FromResult<IReadOnlyList<ChatMessageContent>>(
                [new(AuthorRole.Assistant, "fine", metadata: new Dictionary<string, object?> { ["Usage"] = new { TotalTokens = 9 } })]);

        public IAsyncEnumerable<StreamingChatMessageContent> GetStreamingChatMessageContentsAsync(
            ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }
}
