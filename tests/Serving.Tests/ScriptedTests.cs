using System.Text.Json;
using Microsoft.Extensions.AI;
using ChatFinishReason = OpenAI.Chat.ChatFinishReason;
using ChatMessage = OpenAI.Chat.ChatMessage;

namespace AgentTeams.Tests;

/// <summary>What a chat client gets of a request, and what of its reply is told.</summary>
public sealed class ScriptedTests
{
    [Fact]
    public async Task Complete_WholeConversation_ReachesTheClient()
    {
        using var client = new ScriptedChatClient("42");
        await using var served = await Served.StartAsync(client);
        await served.AskAsync(
            """
            {"model":"it","temperature":0.5,"top_p":0.75,
             "top_k":3,"max_completion_tokens":9,"stop":"x","seed":11,"frequency_penalty":0.5,"presence_penalty":-1,
             "parallel_tool_calls":false,"reasoning_effort":"low","user":"someone","metadata":{"a":"b"},"store":false,
             "logit_bias":{},"modalities":["text"],"n":1,
             "response_format":{"type":"json_object"},
             "tools":[{"type":"function","function":{"name":"twice","description":"Doubles.","parameters":{"type":"object"},"strict":true}}],
             "messages":[{"role":"developer","content":[{"type":"text","text":"Be "},{"type":"text","text":"brief."}]},
                         {"role":"user","content":"Twice 21?","name":"ann"},
                         {"role":"assistant","content":null,"refusal":null,"annotations":[],"reasoning_content":"hm",
                          "tool_calls":[{"id":"c1","type":"function","function":{"name":"twice","arguments":"{\"number\":21}"}}]},
                         {"role":"tool","tool_call_id":"c1","content":"42"}]}
            """);
        var call = Assert.Single(client.Calls);
        Assert.Equal(["system", "user", "assistant", "tool"], call.Messages.Select(m => m.Role.Value));
        Assert.Equal("Be brief.", call.Messages[0].Text);
        Assert.Equal("ann", call.Messages[1].AuthorName);
        Assert.Equal("hm", Assert.IsType<TextReasoningContent>(call.Messages[2].Contents[0]).Text);
        var asked = Assert.IsType<FunctionCallContent>(call.Messages[2].Contents[1]);
        Assert.Equal(21, ((JsonElement)asked.Arguments!["number"]!).GetInt32());
        Assert.Equal("42", Assert.IsType<FunctionResultContent>(call.Messages[3].Contents[0]).Result);
        var o = call.Options;
        Assert.Equal((0.5f, 0.75f, 3, 9, 11L, 0.5f, -1f), (o.Temperature, o.TopP, o.TopK, o.MaxOutputTokens, o.Seed, o.FrequencyPenalty, o.PresencePenalty));
        Assert.Equal(["x"], o.StopSequences!);
        Assert.False(o.AllowMultipleToolCalls);
        Assert.Equal(ReasoningEffort.Low, o.Reasoning!.Effort);
        Assert.IsType<ChatResponseFormatJson>(o.ResponseFormat);
        var tool = Assert.IsAssignableFrom<AIFunctionDeclaration>(Assert.Single(o.Tools!));
        Assert.Equal(("twice", "Doubles.", true), (tool.Name, tool.Description, (bool)tool.AdditionalProperties["strict"]!));
    }

    [Fact]
    public async Task Complete_SeedThatIsNotGiven_IsNotMadeUpForOtherClients()
    {
        using var client = new ScriptedChatClient("42");
        await using var served = await Served.StartAsync(client);
        await served.AskAsync(Served.Body());
        Assert.Null(Assert.Single(client.Calls).Options.Seed);
    }

    [Fact]
    public async Task Stream_CallOfATool_ComesOnceAndWhole()
    {
        using var client = new ScriptedChatClient(_ => ScriptedReply.CallTool("twice", new { number = 21 }));
        await using var served = await Served.StartAsync(client);
        var (names, arguments, ids, finish) = ("", "", "", (ChatFinishReason?)null);
        await foreach (var update in served.Chat.CompleteChatStreamingAsync(ChatMessage.CreateUserMessage("Twice 21?")))
        {
            foreach (var call in update.ToolCallUpdates)
                (names, arguments, ids) = (names + call.FunctionName, arguments + call.FunctionArgumentsUpdate, ids + call.ToolCallId);
            finish ??= update.FinishReason;
        }

        Assert.Equal(("twice", """{"number":21}""", "call-0-twice", ChatFinishReason.ToolCalls), (names, arguments, ids, finish));
    }

    [Fact]
    public async Task Complete_CallThatTheClientAnsweredItself_IsNotLeftToTheCaller()
    {
        using var client = new ScriptedChatClient(new ChatResponse(
        [
            new(ChatRole.Assistant, [new FunctionCallContent("c1", "twice")]), new(ChatRole.Tool, [new FunctionResultContent("c1", 42)]),
            new(ChatRole.Assistant, "It is 42."),
        ]));
        await using var served = await Served.StartAsync(client);
        var choice = (await served.AskAsync(Served.Body())).Body.GetProperty("choices")[0];
        Assert.Equal("It is 42.", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.False(choice.GetProperty("message").TryGetProperty("tool_calls", out _));
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Complete_Reasoning_StandsBesideTheText()
    {
        using var client = new ScriptedChatClient(new ChatResponse(new Microsoft.Extensions.AI.ChatMessage(ChatRole.Assistant,
            [new TextReasoningContent("Let me see."), new TextContent("42 äpfel")])));
        await using var served = await Served.StartAsync(client);
        var message = (await served.AskAsync(Served.Body())).Body.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal(("Let me see.", "42 äpfel"), (message.GetProperty("reasoning_content").GetString(), message.GetProperty("content").GetString()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Complete_SeveralChoices_AreAskedForOneByOne(bool stream)
    {
        using var client = new ScriptedChatClient("one one", "two two", "three three");
        await using var served = await Served.StartAsync(client);
        var texts = new string[3];
        if (stream)
        {
            var lines = await served.LinesAsync(Served.Body("\"n\":3,\"stream\":true"));
            foreach (var line in lines.Where(l => l.StartsWith("data: {", StringComparison.Ordinal)))
            {
                using var chunk = JsonDocument.Parse(line[6..]);
                var choice = chunk.RootElement.GetProperty("choices")[0];
                if (choice.GetProperty("delta").TryGetProperty("content", out var content))
                    texts[choice.GetProperty("index").GetInt32()] += content.GetString();
            }
        }
        else
        {
            foreach (var choice in (await served.AskAsync(Served.Body("\"n\":3"))).Body.GetProperty("choices").EnumerateArray())
                texts[choice.GetProperty("index").GetInt32()] = choice.GetProperty("message").GetProperty("content").GetString()!;
        }

        Assert.Equal(["one one", "three three", "two two"], texts.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Stream_Events_AreInOpenAIsForm()
    {
        using var client = new ScriptedChatClient("It is");
        await using var served = await Served.StartAsync(client);
        var lines = (await served.LinesAsync(Served.Body("\"stream\":true"))).Where(l => !l.StartsWith(':')).ToList();
        Assert.Equal(4, lines.Count);
        const string First = """[{"index":0,"delta":{"role":"assistant","content":"It"},"finish_reason":null}]""";
        Assert.Contains(First, lines[0], StringComparison.Ordinal);
        Assert.Contains("\"choices\":[{\"index\":0,\"delta\":{\"content\":\" is\"},\"finish_reason\":null}]", lines[1], StringComparison.Ordinal);
        Assert.Contains("\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]", lines[2], StringComparison.Ordinal);
        Assert.Equal("data: [DONE]", lines[3]);
    }
}
