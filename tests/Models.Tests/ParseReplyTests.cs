using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class ParseReplyTests
{
    private static string Show(IEnumerable<AIContent> contents) => string.Join(" | ", contents.Select(c => c switch
    {
        TextReasoningContent r => $"think:{r.Text}",
        FunctionCallContent f => $"{f.Name}{PythonJson.Write(f.Arguments)}",
        TextContent t => t.Text,
        _ => c.GetType().Name,
    }));

    [Theory]
    [InlineData("<think>\nwhy\n</think>\n\nanswer", "think:why | answer")]
    [InlineData("<think>\n\n</think>\n\nanswer", "answer")]
    [InlineData("<think>\ncut sho", "think:cut sho")]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("see </think> there", "see </think> there")]
    [InlineData("<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}}\n</tool_call>", "add{\"a\": 1}")]
    [InlineData("<think>x</think>\nok\n<tool_call>\n{\"name\":\"a\",\"arguments\":{}}\n</tool_call>\n<tool_call>\n{\"name\":\"b\",\"arguments\":{\"k\":[null]}}\n</tool_call>\nbye", "think:x | ok | a{} | b{\"k\": [null]} | bye")]
    [InlineData("<tool_call>\n{\"name\":\"w\",\"arguments\":{\"t\":\"<tool_call>\"}}\n</tool_call>", "w{\"t\": \"<tool_call>\"}")]
    [InlineData("<tool_call>\n{\"name\":\"w\",\"arguments\":{\"t\":\"</tool_call>é\"}}\n</tool_call>bye", "w{\"t\": \"</tool_call>é\"} | bye")]
    [InlineData("\uD800 <tool_call>{\"name\":\"w\",\"arguments\":{\"é\":\"🦊\"}}</tool_call>🦊", "\uD800 | w{\"é\": \"🦊\"} | 🦊")]
    [InlineData("a <tool_call> b <tool_call>{\"name\":\"c\",\"arguments\":{}}</tool_call>", "a <tool_call> b | c{}")]
    [InlineData("<tool_call>{broken</tool_call> then", "<tool_call>{broken</tool_call> then")]
    [InlineData("<tool_call>{\"name\":\"a\",\"arguments\":{}}", "<tool_call>{\"name\":\"a\",\"arguments\":{}}")]
    [InlineData("<tool_call>{\"name\":\"a\"}</tool_call>", "a{}")]
    [InlineData("<tool_call>{\"name\":\"a\",\"arguments\":null}</tool_call>", "a{}")]
    [InlineData("<tool_call>{\"name\":\"a\",\"arguments\":\"\"}</tool_call>", "a{}")]
    [InlineData("<tool_call>{\"name\":\"a\",\"arguments\":\"null\"}</tool_call>", "a{}")]
    [InlineData("<tool_call>{\"name\":\"a\",\"arguments\":\"{\\\"x\\\": [1, \\\"y\\\"]}\"}</tool_call>", "a{\"x\": [1, \"y\"]}")]
    [InlineData("<tool_call>{\"name\":\"a\",\"parameters\":{\"x\":1}}</tool_call>", "a{\"x\": 1}")]
    [InlineData("<tool_call>{\"name\":\"a\",\"age\":3}</tool_call>", "<tool_call>{\"name\":\"a\",\"age\":3}</tool_call>")]
    [InlineData("<tool_call>{\"name\":\"a\",\"arguments\":\"x = 1\"}</tool_call>", "<tool_call>{\"name\":\"a\",\"arguments\":\"x = 1\"}</tool_call>")]
    [InlineData("<tool_call>{\"name\":\"a\",\"arguments\":\"[1]\"}</tool_call>", "<tool_call>{\"name\":\"a\",\"arguments\":\"[1]\"}</tool_call>")]
    [InlineData("<tool_call>{\"name\":3,\"arguments\":{}}</tool_call>", "<tool_call>{\"name\":3,\"arguments\":{}}</tool_call>")]
    [InlineData("<tool_call>{\"name\":\"a\",\"arguments\":[1]}</tool_call>", "<tool_call>{\"name\":\"a\",\"arguments\":[1]}</tool_call>")]
    [InlineData("<tool_call>{\"name\":\"a\",\"arguments\":{\"x\":\"\\ud800\"}}</tool_call>", "<tool_call>{\"name\":\"a\",\"arguments\":{\"x\":\"\\ud800\"}}</tool_call>")]
    [InlineData("</tool_call><tool_call>[]</tool_call></tool_call>", "</tool_call><tool_call>[]</tool_call></tool_call>")]
    public void ParseReply_Qwen3_SplitsIntoContents(string reply, string expected) => Assert.Equal(expected, Show(new Qwen3ChatTemplate().ParseReply(reply)));

    [Theory]
    [InlineData("{\"name\": \"add\", \"parameters\": {\"a\": 1}}", "add{\"a\": 1}")]
    [InlineData("\n{\"type\": \"function\", \"name\": \"add\", \"parameters\": {}} ", "add{}")]
    [InlineData("{\"name\": \"add\", \"parameters\": 1}", "{\"name\": \"add\", \"parameters\": 1}")]
    [InlineData("{\"name\": \"add\"", "{\"name\": \"add\"")]
    [InlineData("{\"name\": \"add\", \"parameters\": null}", "add{}")]
    [InlineData("{\"name\": \"add\"}", "add{}")]
    [InlineData("{\"name\": \"add\", \"parameters\": \"{\\\"a\\\": 1}\"}", "add{\"a\": 1}")]
    [InlineData("{\"name\": \"Ann\", \"age\": 3}", "{\"name\": \"Ann\", \"age\": 3}")]
    [InlineData("Sure: {\"name\": \"add\", \"parameters\": {}}", "Sure: {\"name\": \"add\", \"parameters\": {}}")]
    [InlineData("four", "four")]
    public void ParseReply_Llama3_TakesAWholeObjectForACall(string reply, string expected) => Assert.Equal(expected, Show(new Llama3ChatTemplate().ParseReply(reply)));

    [Fact]
    public void ParseReply_Llama3WithoutTools_TakesJsonForAnAnswer()
    {
        const string Reply = "{\"name\": \"Ann\", \"parameters\": {}}";
        Assert.Equal(Reply, Show(new Llama3ChatTemplate().ParseReply(Reply, new ChatOptions())));
    }

    [Theory]
    [InlineData("{\"name\":\"add\",\"arguments\":{\"a\":1}}", "add{\"a\": 1}", "{\"name\":\"add\",\"arguments\":{\"a\":1}}")]
    [InlineData("four", "four", "four")]
    [InlineData("{\"name\":\"add\",\"arguments\":\"{\\\"a\\\":1}\"}", "add{\"a\": 1}", "{\"name\":\"add\",\"arguments\":\"{\\\"a\\\":1}\"}")]
    [InlineData("{\"name\":\"add\",\"arguments\":null}", "add{}", "{\"name\":\"add\",\"arguments\":null}")]
    public void ParseReply_TemplateWithoutTools_TakesACallWhereOneIsRequired(string reply, string required, string free)
    {
        Assert.Equal(required, Show(new MinimalChatTemplate().ParseReply(reply, new ChatOptions { ToolMode = ChatToolMode.RequireAny })));
        Assert.Equal(free, Show(new MinimalChatTemplate().ParseReply(reply, new ChatOptions())));
    }

    [Fact]
    public void ParseReply_CallIds_DifferWithinAndRepeatAcrossRuns()
    {
        const string Two = "<tool_call>{\"name\":\"a\",\"arguments\":{}}</tool_call><tool_call>{\"name\":\"a\",\"arguments\":{}}</tool_call>";
        string[] Ids() => [.. new Qwen25ChatTemplate().ParseReply(Two).Cast<FunctionCallContent>().Select(c => c.CallId)];
        Assert.Equal(2, Ids().Distinct().Count());
        Assert.Equal(Ids(), Ids());
    }

    [Fact]
    public void ParseReply_ThenRender_GivesTheReplyBack()
    {
        const string Reply = "<think>\nwhy\n</think>\n\nok\n<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1.5, \"b\": \"é\\n\"}}\n</tool_call>";
        var (template, tokenizer) = (new Qwen3ChatTemplate(), SmallTokenizer.Load(SmallTokenizer.QwenTokens));
        var prompt = template.Render(tokenizer, [new(ChatRole.User, "q")]);
        var next = template.Render(tokenizer, [new(ChatRole.User, "q"), new(ChatRole.Assistant, template.ParseReply(Reply)), new(ChatRole.Tool, [new FunctionResultContent("x", 2)])]);
        Assert.Equal([.. prompt, .. tokenizer.Encode(Reply + "<|im_end|>", parseSpecial: true)], next[..(prompt.Length + tokenizer.Encode(Reply + "<|im_end|>", parseSpecial: true).Length)]);
    }

    [Fact]
    public void ParseReply_ManyTags_Finishes()
    {
        var reply = string.Concat(Enumerable.Repeat("<tool_call>", 100_000)) + string.Concat(Enumerable.Repeat("</tool_call>", 100_000));
        Assert.Equal(reply, Show(new Qwen3ChatTemplate().ParseReply(reply)));
    }

    [Theory]
    [InlineData("1.50", "1.5")]
    [InlineData("100", "100")]
    [InlineData("1e2", "100.0")]
    [InlineData("1E16", "1e+16")]
    [InlineData("1234567890123456.5", "1234567890123456.5")]
    [InlineData("0.0001", "0.0001")]
    [InlineData("-0.00001234", "-1.234e-05")]
    [InlineData("1e23", "1e+23")]
    [InlineData("5e-324", "5e-324")]
    [InlineData("-0.0", "-0.0")]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890")]
    [InlineData("\"\\u0001\\u007f\\\"\\\\/\\u00e9\"", "\"\\u0001\u007f\\\"\\\\/é\"")]
    public void Write_Values_AsPythonDoes(string json, string expected) => Assert.Equal(expected, PythonJson.Write(JsonDocument.Parse(json).RootElement));
}
