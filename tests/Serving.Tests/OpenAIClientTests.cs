using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatFinishReason = OpenAI.Chat.ChatFinishReason;
using ChatMessage = OpenAI.Chat.ChatMessage;
using ChatResponseFormat = OpenAI.Chat.ChatResponseFormat;

namespace AgentTeams.Tests;

/// <summary>The official client talks to a local model.</summary>
public sealed class OpenAIClientTests : IDisposable
{
    private const string Question = "How many apples?";
    private static readonly BinaryData s_schema = BinaryData.FromString(
        """
        {"type":"object","properties":{"count":{"type":"integer"},"fruit":{"enum":["apple","pear"]}},"required":["count","fruit"],
         "additionalProperties":false}
        """);

    private readonly LocalLanguageModel _model = TinyModel.Create();

    private IChatClient Client => _model.GetChatClient(_model.Base);

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task Complete_LocalModel_IsWhatItsOwnClientSays()
    {
        await using var served = await Served.StartAsync(Client);
        var own = await Client.GetResponseAsync(Question, new() { Temperature = 0.5f, MaxOutputTokens = 20, Seed = 7, TopP = 0.9f });
        var reply = (await served.Chat.CompleteChatAsync([ChatMessage.CreateUserMessage(Question)],
            new() { Temperature = 0.5f, MaxOutputTokenCount = 20, Seed = 7, TopP = 0.9f })).Value;
        Assert.Equal(own.Text, reply.Content[0].Text);
        Assert.Equal(own.Usage!.InputTokenCount, reply.Usage.InputTokenCount);
        Assert.Equal(own.Usage.OutputTokenCount, reply.Usage.OutputTokenCount);
        Assert.Equal(own.FinishReason == Microsoft.Extensions.AI.ChatFinishReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop,
            reply.FinishReason);
        Assert.Equal(Served.Name, reply.Model);
        Assert.StartsWith("chatcmpl-", reply.Id, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_LocalModel_AddsUpToTheWholeReply()
    {
        await using var served = await Served.StartAsync(Client);
        var own = await Client.GetResponseAsync(Question, new() { MaxOutputTokens = 30, Seed = 3 });
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 30, Seed = 3, IncludeLogProbabilities = true };
        var (text, pieces, tokens, finish, usage) = ("", 0, 0, (ChatFinishReason?)null, (ChatTokenUsage?)null);
        await foreach (var update in served.Chat.CompleteChatStreamingAsync([ChatMessage.CreateUserMessage(Question)], options))
        {
            foreach (var part in update.ContentUpdate) (text, pieces) = (text + part.Text, pieces + 1);
            tokens += update.ContentTokenLogProbabilities.Count;
            finish ??= update.FinishReason;
            usage ??= update.Usage;
        }

        Assert.Equal(own.Text, text);
        Assert.True(pieces > 1, $"{pieces} pieces");
        Assert.NotNull(finish);
        // The client always asks for the usage of a stream.
        Assert.Equal(own.Usage!.OutputTokenCount, usage!.OutputTokenCount);
        Assert.InRange(tokens, 1, usage.OutputTokenCount);
    }

    [Fact]
    public async Task Complete_LogProbabilities_AreThoseOfTheTrace()
    {
        await using var served = await Served.StartAsync(Client);
        var own = await Client.GetResponseAsync(Question, new() { MaxOutputTokens = 12, Seed = 5 });
        var trace = TokenTrace.Of(own)!;
        var reply = (await served.Chat.CompleteChatAsync([ChatMessage.CreateUserMessage(Question)],
            new() { MaxOutputTokenCount = 12, Seed = 5, IncludeLogProbabilities = true, TopLogProbabilityCount = 0 })).Value;
        var special = MinimalChatTemplate.SpecialTokens.Select(_model.Tokenizer.GetId).ToHashSet();
        var texts = trace.CompletionIds.Zip(trace.LogProbs).Where(t => !special.Contains(t.First)).Select(t => t.Second).ToList();
        Assert.Equal(texts, reply.ContentTokenLogProbabilities.Select(t => t.LogProbability));
        Assert.All(reply.ContentTokenLogProbabilities, t => Assert.False(t.Utf8Bytes!.Value.IsEmpty));
    }

    [Fact]
    public async Task Complete_JsonSchema_IsSatisfied()
    {
        await using var served = await Served.StartAsync(Client);
        var format = ChatResponseFormat.CreateJsonSchemaFormat("basket", s_schema, jsonSchemaIsStrict: true);
        var reply = (await served.Chat.CompleteChatAsync([ChatMessage.CreateUserMessage(Question)],
            new() { ResponseFormat = format, MaxOutputTokenCount = 80 })).Value;
        using var basket = JsonDocument.Parse(reply.Content[0].Text);
        Assert.Equal(JsonValueKind.Number, basket.RootElement.GetProperty("count").ValueKind);
        Assert.Contains(basket.RootElement.GetProperty("fruit").GetString(), (string[])["apple", "pear"]);
    }

    [Fact]
    public async Task Complete_ToolThatIsRequired_IsCalledAndItsAnswerRead()
    {
        await using var served = await Served.StartAsync(Client);
        var options = new ChatCompletionOptions
        {
            Tools = { ChatTool.CreateFunctionTool("count", "Counts.", s_schema) },
            ToolChoice = ChatToolChoice.CreateFunctionChoice("count"),
            MaxOutputTokenCount = 80,
        };
        List<ChatMessage> messages = [ChatMessage.CreateSystemMessage("Count."), ChatMessage.CreateUserMessage(Question)];
        var call = (await served.Chat.CompleteChatAsync(messages, options)).Value;
        Assert.Equal(ChatFinishReason.ToolCalls, call.FinishReason);
        var asked = Assert.Single(call.ToolCalls);
        Assert.Equal("count", asked.FunctionName);
        using var arguments = JsonDocument.Parse(asked.FunctionArguments);
        Assert.Equal(JsonValueKind.Number, arguments.RootElement.GetProperty("count").ValueKind);

        messages.AddRange([ChatMessage.CreateAssistantMessage(call), ChatMessage.CreateToolMessage(asked.Id, "3 apples")]);
        var answer = (await served.Chat.CompleteChatAsync(messages, new() { MaxOutputTokenCount = 8 })).Value;
        Assert.True(answer.Usage.InputTokenCount > call.Usage.InputTokenCount);
    }

    [Fact]
    public async Task Models_ListAndOne_AreThoseServed()
    {
        var options = new TeamServerOptions { Models = { ["it"] = Client, ["team/one"] = Client }, ApiKey = Served.Key, Port = 0 };
        await using var served = await Served.StartAsync(options);
        var client = served.OpenAI.GetOpenAIModelClient();
        Assert.Equal(["it", "team/one"], (await client.GetModelsAsync()).Value.Select(m => m.Id));
        Assert.Equal("team/one", (await client.GetModelAsync("team/one")).Value.Id);
    }
}
