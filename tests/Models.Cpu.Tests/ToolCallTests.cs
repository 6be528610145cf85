using System.ComponentModel;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>What a chat client promises about instructions, tool calls and streams, on models with random weights.</summary>
public sealed class ToolCallTests
{
    private static readonly ChatMessage[] s_question = [new(ChatRole.User, "add")];

    // Free text, so that arguments can hold anything, closing tags too.
    private static readonly AIFunction[] s_tools =
    [
        AIFunctionFactory.Create(([Description("any")] string text, int[] numbers) => text, "paint"), AIFunctionFactory.Create((bool b) => b, "add"), new Undescribed(),
    ];

    public static TheoryData<string> Templates => [Qwen3ChatTemplate.TemplateName, Qwen25ChatTemplate.TemplateName, Llama3ChatTemplate.TemplateName, Llama3ChatTemplate.DatedTemplateName, MinimalName];

    private const string MinimalName = MinimalChatTemplate.TemplateName;

    [Theory]
    [MemberData(nameof(Templates))]
    public async Task GetResponse_RequiredCall_AlwaysIsOne(string template)
    {
        using var model = Model(template);
        var options = Enumerable.Range(0, 120).Select(seed => new ChatOptions
        {
            Seed = seed, Tools = [.. s_tools], MaxOutputTokens = 100, Temperature = 1.5f, ToolMode = seed % 2 == 0 ? ChatToolMode.RequireAny : ChatToolMode.RequireSpecific("paint"),
        }).ToList();
        var replies = await Task.WhenAll(options.Select(o => model.GetChatClient(model.Base).GetResponseAsync(s_question, o)));
        foreach (var (reply, asked) in replies.Zip(options))
        {
            var call = Assert.IsType<FunctionCallContent>(Assert.Single(reply.Messages.Single().Contents));
            Assert.Equal(ChatFinishReason.ToolCalls, reply.FinishReason);
            Assert.Contains(call.Name, asked.ToolMode is RequiredChatToolMode { RequiredFunctionName: { } name } ? [name] : s_tools.Select(t => t.Name));
            if (call.Name == "paint") Assert.Equal(["text", "numbers"], call.Arguments!.Keys);
        }

        var calls = replies.SelectMany(r => r.Messages.Single().Contents).Cast<FunctionCallContent>().ToList();
        Assert.Equal(replies.Length, calls.Select(c => c.CallId).Distinct().Count());
        Assert.Equal(3, calls.Select(c => c.Name).Distinct().Count());
        if (template == Qwen3ChatTemplate.TemplateName) Assert.Contains(calls, c => c.Arguments!.Values.Any(v => ChatModels.Tags.Any(t => v!.ToString()!.Contains(t, StringComparison.Ordinal))));
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public async Task GetStreamingResponse_Joined_HasTheContentsOfTheWhole(string template)
    {
        using var model = Model(template);
        var client = model.GetChatClient(model.Base);
        var kinds = new HashSet<Type>();
        for (var seed = 0; seed < 30; seed++)
        {
            var options = new ChatOptions { Seed = seed, MaxOutputTokens = 80, Temperature = 2, Tools = [.. s_tools] };
            if (seed % 3 == 1) options.ToolMode = ChatToolMode.RequireAny;
            if (seed % 3 == 2) options.ResponseFormat = ChatResponseFormat.Json;
            var whole = await client.GetResponseAsync(s_question, options);
            var updates = await client.GetStreamingResponseAsync(s_question, options).ToListAsync();
            var streamed = updates.ToChatResponse();
            Assert.Equal(whole.Messages.Single().Contents.Select(Show), streamed.Messages.Single().Contents.Select(Show));
            Assert.Equal(whole.FinishReason, streamed.FinishReason);
            Assert.Equal(TokenTrace.Of(whole)!.CompletionIds, TokenTrace.Of(streamed)!.CompletionIds);
            kinds.UnionWith(whole.Messages.Single().Contents.Select(c => c.GetType()));
        }

        Assert.Superset(new HashSet<Type> { typeof(TextContent), typeof(FunctionCallContent) }, kinds);
    }

    [Fact]
    public async Task GetResponse_ToolModeNone_LeavesTheToolsOut()
    {
        using var model = Model(Llama3ChatTemplate.TemplateName);
        var client = model.GetChatClient(model.Base);
        var with = await client.GetResponseAsync(s_question, new() { MaxOutputTokens = 1, Tools = [.. s_tools] });
        var without = await client.GetResponseAsync(s_question, new() { MaxOutputTokens = 1, Tools = [.. s_tools], ToolMode = ChatToolMode.None });
        Assert.True(TokenTrace.Of(with)!.PromptIds.Length > TokenTrace.Of(without)!.PromptIds.Length);
    }

    [Theory]
    [InlineData(null, "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user")]
    [InlineData("You add.", "<|im_start|>system\nBe brief.\n\nYou add.<|im_end|>\n<|im_start|>user")]
    public async Task GetResponse_Instructions_LeadTheSystemMessage(string? system, string expected)
    {
        using var model = Model(Qwen3ChatTemplate.TemplateName);
        List<ChatMessage> messages = [.. system is null ? [] : new[] { new ChatMessage(ChatRole.System, system) }, .. s_question];
        var count = messages.Count;
        var reply = await model.GetChatClient(model.Base).GetResponseAsync(messages, new() { Instructions = "Be brief.", MaxOutputTokens = 1 });
        Assert.StartsWith(expected, model.Tokenizer.Decode(TokenTrace.Of(reply)!.PromptIds, skipSpecial: false), StringComparison.Ordinal);
        Assert.Equal(count, messages.Count);
    }

    [Fact]
    public async Task GetResponse_SecondCallOfAConversation_HasItsOwnId()
    {
        using var model = Model(Qwen3ChatTemplate.TemplateName);
        var options = new ChatOptions { Tools = [s_tools[1]], ToolMode = ChatToolMode.RequireAny, MaxOutputTokens = 60 };
        List<ChatMessage> messages = [.. s_question];
        for (var turn = 0; turn < 4; turn++)
        {
            var reply = await model.GetChatClient(model.Base).GetResponseAsync(messages, options);
            messages.AddRange(reply.Messages);
            messages.Add(new(ChatRole.Tool, [new FunctionResultContent(reply.Messages.Single().Contents.OfType<FunctionCallContent>().Single().CallId, true)]));
        }

        Assert.Equal(4, messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>().Select(c => c.CallId).Distinct().Count());
    }

    private static LocalLanguageModel Model(string template) => template == MinimalName ? TinyModel.Create() : ChatModels.Create(template);

    private static string Show(AIContent content) => content switch
    {
        TextReasoningContent r => $"think:{r.Text}",
        TextContent t => t.Text,
        FunctionCallContent f => $"{f.Name}({string.Join(',', f.Arguments!.Select(a => a.ToString()))})#{f.CallId}",
        _ => content.GetType().Name,
    };

    private sealed class Undescribed : AIFunction
    {
        public override string Name => "anything";

        protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) => default;
    }
}
