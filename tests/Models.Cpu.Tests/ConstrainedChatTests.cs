using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Sampling options, response formats and streaming through the chat client of a model with random weights.</summary>
public sealed class ConstrainedChatTests
{
    private static readonly ChatMessage[] s_question = [new(ChatRole.User, "how many")];

    [Theory]
    [InlineData(1f, 5, 0.9f, 0.01, 1.0, false)]
    [InlineData(0.7f, 40, 0.8f, 0.0, 1.3, false)]
    [InlineData(1.2f, 12, 1f, 0.1, 1.2, true)]
    [InlineData(0f, 3, 0.5f, 0.0, 1.2, true)]
    public async Task LogProbs_UnderConstraints_EqualTheFullForwardPass(float temperature, int topK, float topP, double minP, double penalty, bool json)
    {
        using var model = TinyModel.Create();
        for (var seed = 0; seed < 5; seed++)
        {
            var response = await model.GetChatClient(model.Base).GetResponseAsync(s_question, new ChatOptions
            {
                Seed = seed, MaxOutputTokens = 40, Temperature = temperature, TopK = topK, TopP = topP, ResponseFormat = json ? ChatResponseFormat.Json : null,
                AdditionalProperties = new() { ["min_p"] = minP, ["repetition_penalty"] = penalty },
            });
            var trace = RoundTrip(TokenTrace.Of(response)!);
            var row = new TrainingRow
            {
                PromptIds = trace.PromptIds, CompletionIds = trace.CompletionIds, Temperature = temperature == 0 ? 1 : temperature, Constraints = trace.Constraints,
            };
            var distribution = ConstrainedDistribution.Of(row, model.Tokenizer, [model.Config.EndOfSequenceId])!;
            var logits = model.Logits(model.Base, [.. row.PromptIds, .. row.CompletionIds]);
            var vocabulary = model.Config.VocabularySize;
            for (var t = 0; t < row.CompletionIds.Length; t++)
            {
                var at = logits.AsSpan((row.PromptIds.Length - 1 + t) * vocabulary, vocabulary);
                distribution.Apply(at, t);
                Assert.Equal(trace.LogProbs[t], LogSoftmax.Of(at, row.CompletionIds[t], 1 / row.Temperature));
            }
        }
    }

    [Fact]
    public async Task GetResponse_JsonSchema_IsAlwaysSatisfied()
    {
        using var model = TinyModel.Create();
        var format = ChatResponseFormat.ForJsonSchema<Basket>();
        var replies = await Task.WhenAll(Enumerable.Range(0, 40).Select(seed =>
            model.GetChatClient(model.Base).GetResponseAsync(s_question, new ChatOptions { Seed = seed, MaxOutputTokens = 90, ResponseFormat = format })));
        foreach (var reply in replies)
        {
            Assert.Equal(ChatFinishReason.Stop, reply.FinishReason);
            Assert.NotNull(JsonSerializer.Deserialize<Basket>(reply.Text, AIJsonUtilities.DefaultOptions));
        }

        Assert.True(replies.Select(r => r.Text).Distinct().Count() > 30);
    }

    [Fact]
    public async Task GetResponse_BudgetBelowTheShortestReply_SaysHowManyTokensItTakes()
    {
        using var model = TinyModel.Create();
        var options = new ChatOptions { MaxOutputTokens = 5, ResponseFormat = ChatResponseFormat.ForJsonSchema<Basket>() };
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => model.GetChatClient(model.Base).GetResponseAsync(s_question, options));
        Assert.Contains("5 tokens", error.Message, StringComparison.Ordinal);
        var needed = int.Parse(error.Message.Split("format has ")[1].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture);
        options.MaxOutputTokens = needed;
        var reply = await model.GetChatClient(model.Base).GetResponseAsync(s_question, options);
        using var json = JsonDocument.Parse(reply.Text);
        options.MaxOutputTokens = needed - 1;
        await Assert.ThrowsAsync<AgentTeamsException>(() => model.GetChatClient(model.Base).GetResponseAsync(s_question, options));
    }

    [Fact]
    public async Task GetResponse_RequiredTool_IsACallOfIt()
    {
        using var model = TinyModel.Create();
        AITool[] tools = [AIFunctionFactory.Create((int a, bool b) => b ? a : 0, "choose"), AIFunctionFactory.Create(() => 1, "other")];
        var reply = await model.GetChatClient(model.Base).GetResponseAsync(s_question, new ChatOptions { Tools = [.. tools], ToolMode = ChatToolMode.RequireSpecific("choose"), MaxOutputTokens = 90 });
        var call = Assert.IsType<FunctionCallContent>(Assert.Single(reply.Messages.Single().Contents));
        Assert.Equal("choose", call.Name);
        Assert.Equal(JsonValueKind.Number, Assert.IsType<JsonElement>(call.Arguments!["a"]).ValueKind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetStreamingResponse_Concatenated_IsTheWholeResponse(bool json)
    {
        using var model = TinyModel.Create();
        var client = model.GetChatClient(model.Base);
        for (var seed = 0; seed < 25; seed++)
        {
            var options = new ChatOptions
            {
                Seed = seed, MaxOutputTokens = 60, Temperature = 1.5f, StopSequences = json ? null : ["a", "\n ", "ap"], TopP = 0.98f, ResponseFormat = json ? ChatResponseFormat.Json : null,
            };
            var whole = await client.GetResponseAsync(s_question, options);
            var updates = await client.GetStreamingResponseAsync(s_question, options).ToListAsync();
            var streamed = updates.ToChatResponse();
            Assert.Equal(whole.Text, string.Concat(updates.Select(u => u.Text)));
            Assert.Equal(whole.Text, streamed.Text);
            Assert.Equal(whole.FinishReason, updates[^1].FinishReason);
            Assert.Equal(whole.FinishReason, streamed.FinishReason);
            Assert.Equal(whole.Usage!.OutputTokenCount, streamed.Usage!.OutputTokenCount);
            Assert.Equal(TokenTrace.Of(whole)!.LogProbs, TokenTrace.Of(streamed)!.LogProbs);
            Assert.Equal(TokenTrace.Of(whole)!.Constraints, TokenTrace.Of(streamed)!.Constraints);
            Assert.All(updates.SkipLast(1), u => Assert.Null(u.FinishReason));
        }
    }

    [Fact]
    public async Task GetStreamingResponse_ReaderLeaves_EndsTheRequest()
    {
        using var model = TinyModel.Create(options: new CpuModelOptions { MaxConcurrentSequences = 1 });
        var client = model.GetChatClient(model.Base);
        await foreach (var update in client.GetStreamingResponseAsync(s_question, new ChatOptions { MaxOutputTokens = 100, ResponseFormat = LongText }))
        {
            Assert.NotEmpty(update.Text);
            break;
        }

        // The only place is free again.
        await client.GetResponseAsync(s_question, new ChatOptions { MaxOutputTokens = 2 });
    }

    [Fact]
    public async Task GetStreamingResponse_Cancelled_Throws()
    {
        using var model = TinyModel.Create();
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in model.GetChatClient(model.Base).GetStreamingResponseAsync(s_question, new ChatOptions { MaxOutputTokens = 100, ResponseFormat = LongText }, cancel.Token))
                await cancel.CancelAsync();
        });
    }

    [Fact]
    public async Task GetStreamingResponse_PromptTooLong_ThrowsAsTheWholeResponseDoes()
    {
        using var model = TinyModel.Create();
        var updates = model.GetChatClient(model.Base).GetStreamingResponseAsync([new(ChatRole.User, new string('x', 200))], new ChatOptions { MaxOutputTokens = 9 });
        Assert.Contains("128 positions", (await Assert.ThrowsAsync<AgentTeamsException>(async () => await updates.ToListAsync())).Message, StringComparison.Ordinal);
    }

    private static ChatResponseFormat LongText { get; } = ChatResponseFormat.ForJsonSchema(JsonSerializer.SerializeToElement(new { type = "string", minLength = 60 }));

    private static TokenTrace RoundTrip(TokenTrace trace)
    {
        var trajectory = new Trajectory { Id = "t", WorkflowName = "w", TaskId = "p", GroupId = "p", Status = TrajectoryStatus.Completed, Nodes = [new() { Id = "n", Kind = NodeKind.Role, Name = "n", Role = "r", Tokens = trace }] };
        var back = TrajectoryJson.Deserialize(TrajectoryJson.Serialize(trajectory)).Nodes[0].Tokens!;
        Assert.Equal(trace.Constraints, back.Constraints);
        return back;
    }

    private sealed record Basket(long Count, string[] Apples, Basket? Next);
}
