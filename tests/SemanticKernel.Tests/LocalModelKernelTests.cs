using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.Tests;

public sealed class LocalModelKernelTests
{
    [Fact]
    public async Task AddLocalModel_Service_AnswersAsTheClientDoes()
    {
        using var model = LocalModel.Create();
        var kernel = Kernel.CreateBuilder().AddLocalModel("tiny", model).Build();
        var settings = new LocalModelSettings { Temperature = 0, MaxTokens = 4 };

        var said = await kernel.GetRequiredService<IChatCompletionService>("tiny").GetChatMessageContentAsync("hello", settings, kernel);
        var answered = await kernel.GetRequiredService<IChatClient>("tiny").GetResponseAsync("hello", new() { Temperature = 0, MaxOutputTokens = 4 });

        Assert.Equal(answered.Text, said.Content);
        Assert.NotNull(kernel.GetRequiredService<IChatCompletionService>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AsChatClient_LocalModelAndAnotherService_AnswersWhatSemanticKernelWouldChoose(bool isLocalLast)
    {
        using var model = LocalModel.Create();
        var builder = Kernel.CreateBuilder();
        if (!isLocalLast) builder.AddLocalModel("tiny", model);
        builder.Services.AddSingleton(new ScriptedChatClient("remote").AsChatCompletionService());
        if (isLocalLast) builder.AddLocalModel("tiny", model);
        var kernel = builder.Build();
        var settings = new LocalModelSettings { Temperature = 0, MaxTokens = 4 };
        using var client = kernel.AsChatClient(settings: settings);
        kernel.ServiceSelector.TrySelectAIService<IChatCompletionService>(kernel, KernelFunctionFactory.CreateFromPrompt("?"), new(settings), out var chosen, out _);

        Assert.Equal((await chosen!.GetChatMessageContentAsync("?", settings, kernel)).Content, (await client.GetResponseAsync("?")).Text);
        Assert.Equal(isLocalLast, chosen!.GetType().Name == "LocalChatService");
    }

    [Theory]
    [InlineData("type")]
    [InlineData("schema")]
    [InlineData("format")]
    public async Task LocalModelSettings_ResponseFormat_ConstrainsTheReply(string kind)
    {
        using var model = LocalModel.Create();
        var kernel = Kernel.CreateBuilder().AddLocalModel("tiny", model).Build();
        var schema = AIJsonUtilities.CreateJsonSchema(typeof(Flag));
        object format = kind switch { "type" => typeof(Flag), "schema" => schema, _ => ChatResponseFormat.ForJsonSchema(schema) };

        var text = (await kernel.InvokePromptAsync("hello", new(new LocalModelSettings { ResponseFormat = format, MaxTokens = 64 }))).ToString();

        Assert.NotNull(JsonSerializer.Deserialize<Flag>(text, JsonSerializerOptions.Web));
    }

    [Fact]
    public async Task PlainSettings_ResponseFormatAsType_ConstrainsARolesReplyToo()
    {
        using var model = LocalModel.Create();
        var kernel = Kernel.CreateBuilder().AddLocalModel("tiny", model).Build();
        var settings = new PromptExecutionSettings { ExtensionData = new Dictionary<string, object> { ["response_format"] = typeof(Flag), ["max_tokens"] = 64 } };

        var text = (await kernel.AsChatClient(settings: settings).GetResponseAsync("hello")).Text;

        Assert.NotNull(JsonSerializer.Deserialize<Flag>(text, JsonSerializerOptions.Web));
    }

    [Fact]
    public async Task LocalModelSettings_UnknownResponseFormat_IsRefusedWithItsValue()
    {
        using var model = LocalModel.Create();
        var kernel = Kernel.CreateBuilder().AddLocalModel("tiny", model).Build();

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => kernel.InvokePromptAsync("hello", new(new LocalModelSettings { ResponseFormat = 42 })));

        Assert.Contains("'42' (Int32)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddLocalModel_KeyTakenByAnotherModelsAdapter_IsRefusedWithTheKey()
    {
        var builder = Kernel.CreateBuilder().AddLocalModel("first", "models/first", m => m.Adapters["planner"] = null);

        var error = Assert.Throws<AgentTeamsException>(() => builder.AddLocalModel("second", "models/second", m => m.Adapters["planner"] = null));

        Assert.Contains("'planner'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_SeveralSpeakers_ReachTheLocalModel()
    {
        using var model = LocalModel.Create();
        var kernel = Kernel.CreateBuilder().AddLocalModel("tiny", model).Build();
        var recorder = new AgentRecorder("names");
        ChatMessage[] one = [new(ChatRole.User, "hello") { AuthorName = "ann" }], two = [.. one, new(ChatRole.Assistant, "b") { AuthorName = "bob" }];

        await recorder.RecordAsync("reader", kernel, async (k, token) => await k.GetRequiredService<IChatClient>("tiny").GetResponseAsync(one, new() { MaxOutputTokens = 1 }, token));
        await recorder.RecordAsync("reader", kernel, async (k, token) => await k.GetRequiredService<IChatClient>("tiny").GetResponseAsync(two, new() { MaxOutputTokens = 1 }, token));

        Assert.Equal(["hello", "ann: hello", "bob: b"], recorder.ToTrajectory(null).Nodes.SelectMany(n => n.Input).Select(m => m.Text));
    }

    [Fact]
    public void AsKernelPlugin_ToolsOfOneName_AreRefusedWithTheName()
    {
        var tools = new[] { "look-up", "look_up" }.Select(name => AIFunctionFactory.Create(() => 1, name));

        Assert.Contains("'look_up'", Assert.Throws<AgentTeamsException>(() => tools.AsKernelPlugin("search")).Message, StringComparison.Ordinal);
    }

    private sealed record Flag(bool B);
}
