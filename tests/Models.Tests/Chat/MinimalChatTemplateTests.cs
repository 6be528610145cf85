using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class MinimalChatTemplateTests
{
    private static readonly ChatMessage s_user = new(ChatRole.User, "q");

    [Fact]
    public void Render_CallAndItsResult_StandInThePrompt()
    {
        var call = new FunctionCallContent("1", "add", new Dictionary<string, object?> { ["a"] = 1, ["b"] = "é\"" });
        var text = Text(s_user, new ChatMessage(ChatRole.Assistant, [call]), new ChatMessage(ChatRole.Tool, [new FunctionResultContent("1", new { sum = 2 })]), new ChatMessage(ChatRole.Tool, [new FunctionResultContent("1", "done")]));
        Assert.Equal("<|sep|>q<|answer|>{\"name\":\"add\",\"arguments\":{\"a\":1,\"b\":\"é\\\"\"}}<|end|><|sep|>{\"sum\": 2}<|sep|>done<|answer|>", text);
    }

    [Fact]
    public void Render_CallWithoutArguments_ReadsAsTheModelWouldWriteIt() =>
        Assert.Contains("<|answer|>{\"name\":\"now\",\"arguments\":{}}<|end|>", Text(s_user, new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("1", "now")])), StringComparison.Ordinal);

    [Fact]
    public void Render_WhatHasNoPlace_IsNamed()
    {
        Assert.Contains("DataContent", Refusal(new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")])), StringComparison.Ordinal);
        Assert.Contains("one call a message", Refusal(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("1", "a"), new FunctionCallContent("2", "b")])), StringComparison.Ordinal);
        Assert.Contains("'so'", Refusal(new ChatMessage(ChatRole.Assistant, [new TextContent("so"), new FunctionCallContent("1", "a")])), StringComparison.Ordinal);
        Assert.Contains("'critic'", Refusal(new ChatMessage(new ChatRole("critic"), "q")), StringComparison.Ordinal);

        static string Refusal(ChatMessage message) =>
            Assert.Throws<AgentTeamsException>(() => new MinimalChatTemplate().Render(TestTokenizer.Instance, [message])).Message;
    }

    private static string Text(params ChatMessage[] messages) =>
        TestTokenizer.Instance.Decode(new MinimalChatTemplate().Render(TestTokenizer.Instance, messages), skipSpecial: false);
}
