using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.Tests;

public sealed class KernelChatClientTests
{
    private static readonly AIFunction Search = AIFunctionFactory.Create((string query) => "found " + query, "search");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetResponse_OptionsOfTheCaller_ReachTheModel(bool isService)
    {
        using var model = new ScriptedChatClient("fine");
        using var client = (isService ? Kernels.OfService(model) : Kernels.OfClient(model)).AsChatClient();

        await client.GetResponseAsync("hello", new()
        {
            Instructions = "Be brief.", Temperature = 0.5f, TopP = 0.9f, TopK = 7, Seed = 11, MaxOutputTokens = 5, FrequencyPenalty = 0.25f, PresencePenalty = 0.75f,
            StopSequences = ["."], Tools = [Search], ToolMode = ChatToolMode.RequireAny, Reasoning = new() { Effort = ReasoningEffort.Low },
            AdditionalProperties = new() { ["own"] = "kept" },
        });

        var (options, messages) = (model.Calls.Single().Options, model.Calls.Single().Messages);
        Assert.Equal((0.5f, 0.9f, 7, 11L, 5, 0.25f, 0.75f), (options.Temperature, options.TopP, options.TopK, options.Seed, options.MaxOutputTokens, options.FrequencyPenalty, options.PresencePenalty));
        Assert.Equal(["."], options.StopSequences);
        Assert.Equal(["search"], options.Tools!.Select(t => t.Name));
        Assert.Equal(ChatToolMode.RequireAny, options.ToolMode);
        Assert.Equal(ReasoningEffort.Low, options.Reasoning?.Effort);
        Assert.Equal("kept", options.AdditionalProperties?["own"]);
        Assert.Equal("Be brief.", options.Instructions ?? messages[0].Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Role_WithAToolOnAKernel_ItsToolIsOfferedAndCalled(bool isService)
    {
        using var model = Kernels.Script(ScriptedReply.CallTool("search", new { query = "cats" }), ScriptedReply.Say("done"));
        using var client = (isService ? Kernels.OfService(model) : Kernels.OfClient(model)).AsChatClient();
        var wf = Workflow.CreateBuilder<string>("solo");
        wf.Start(wf.AddRole(new Role { Name = "solo", Tools = [Search] }, s => s, (_, reply) => reply.Text));

        var run = await wf.Build().RecordAsync("go", TeamRuntime.ForAll(client));

        Assert.Equal("done", run.State);
        Assert.Equal("found cats", Assert.Single(run.Trajectory.Nodes, n => n.Kind == NodeKind.Tool).Result?.ToString());
    }

    [Fact]
    public async Task GetResponse_CallerForbidsTools_ModelIsOfferedNone()
    {
        using var model = new ScriptedChatClient("fine");
        using var client = Kernels.OfClient(model).AsChatClient(settings: Kernels.Auto);

        await client.GetResponseAsync("hello", new() { ToolMode = ChatToolMode.None });

        Assert.Equal(ChatToolMode.None, model.Calls.Single().Options.ToolMode);
    }

    [Fact]
    public async Task GetStreamingResponse_ServiceTellsItsUsage_ItIsNotLost()
    {
        var builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton<IChatCompletionService>(new UsageService());
        using var client = builder.Build().AsChatClient();

        var response = await client.GetStreamingResponseAsync("hello").ToChatResponseAsync();

        Assert.Equal(("one two", 3L, 2L), (response.Text, response.Usage?.InputTokenCount, response.Usage?.OutputTokenCount));
    }

    [Fact]
    public async Task GetResponse_LoopOfAService_UsageIsCountedOnce()
    {
        using var model = Kernels.Script(ScriptedReply.CallTool("Calculator_Double", new { x = 21 }).WithUsage(10, 1), ScriptedReply.Say("42!").WithUsage(20, 2));
        using var client = Kernels.OfService(model).AsChatClient(settings: Kernels.Auto);

        var response = await client.GetResponseAsync("double 21");

        Assert.Equal((30L, 3L), (response.Usage?.InputTokenCount, response.Usage?.OutputTokenCount));
    }

    /// <summary>Streams two words and the usage, as connectors do, in the metadata of the last part.</summary>
    private sealed class UsageService : IChatCompletionService
    {
        public IReadOnlyDictionary<string, object?> Attributes { get; } = new Dictionary<string, object?>();

        public Task<IReadOnlyList<ChatMessageContent>> GetChatMessageContentsAsync(
            ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public async IAsyncEnumerable<StreamingChatMessageContent> GetStreamingChatMessageContentsAsync(
            ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            yield return new(AuthorRole.Assistant, "one");
            yield return new(AuthorRole.Assistant, " two", metadata: new Dictionary<string, object?> { ["Usage"] = new { PromptTokens = 3, CompletionTokens = 2 } });
        }
    }
}
