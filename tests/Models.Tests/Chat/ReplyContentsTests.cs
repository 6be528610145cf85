using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>What streams is what the whole reply says, for any way of cutting it into pieces.</summary>
public sealed class ReplyContentsTests
{
    private static readonly string[] s_fragments =
    [
        "<think>", "</think>", "<tool_call>", "\n</tool_call>", "</tool_call>", "<tool_call>\n{\"name\":\"a\",\"arguments\":{\"x\":\"</tool_call>\"}}\n</tool_call>",
        "<tool_call>{\"name\":\"b\",\"arguments\":{}}</tool_call>", "{\"name\":\"c\",\"parameters\":{}}", "{\"name\":\"d\",\"arguments\":{}}", "{", "\"", " ", "\n", "why", "é 🦊", "<", "</", "\\",
    ];

    private static readonly ChatOptions s_tools = new() { Tools = [AIFunctionFactory.Create(() => 1, "c")] };

    public static TheoryData<string, bool, bool> Templates => new()
    {
        { Qwen3ChatTemplate.TemplateName, true, false }, { Qwen3ChatTemplate.TemplateName, false, false }, { Qwen25ChatTemplate.TemplateName, true, false },
        { Llama3ChatTemplate.TemplateName, true, false }, { Llama3ChatTemplate.TemplateName, false, false },
        { MinimalChatTemplate.TemplateName, true, true }, { MinimalChatTemplate.TemplateName, false, false },
    };

    [Theory]
    [MemberData(nameof(Templates))]
    public void Next_ReplyInPieces_AddsUpToTheWhole(string template, bool offersTools, bool required)
    {
        var random = new SeedKey(21).ToRandom();
        var options = offersTools ? new ChatOptions { Tools = s_tools.Tools, ToolMode = required ? ChatToolMode.RequireAny : null } : null;
        var kinds = new HashSet<Type>();
        for (var i = 0; i < 4_000; i++)
        {
            var reply = string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => s_fragments[random.Next(s_fragments.Length)])).Trim();
            var whole = Contents(template, options).Next(reply, isWhole: true);
            var pieces = Contents(template, options);
            var streamed = new List<AIContent>();
            for (var end = random.Next(3); end < reply.Length; end += random.Next(1, 4)) streamed.AddRange(pieces.Next(reply[..end], isWhole: false));
            streamed.AddRange(pieces.Next(reply, isWhole: true));
            Assert.Equal(whole.Select(Show), Joined(streamed).Select(Show));
            Assert.Equal(whole.Exists(c => c is FunctionCallContent), pieces.HasCalls);
            kinds.UnionWith(whole.Select(c => c.GetType()));
        }

        Assert.Contains(typeof(TextContent), kinds);
        Assert.Equal(template == Qwen3ChatTemplate.TemplateName, kinds.Contains(typeof(TextReasoningContent)));
        Assert.Equal(template.StartsWith("qwen", StringComparison.Ordinal) || offersTools, kinds.Contains(typeof(FunctionCallContent)));
    }

    [Fact]
    public void Next_Qwen3_StreamsReasoningAndTextAndHoldsCallsBack()
    {
        var contents = Contents(Qwen3ChatTemplate.TemplateName, s_tools);
        var reply = "";
        Assert.Equal("", Say("<thi"));
        Assert.Equal("think:one", Say("nk>\none"));
        Assert.Equal("think: two", Say(" two\n</thi"));
        Assert.Equal("ok", Say("nk>\n\nok <tool"));
        Assert.Equal("", Say("_call>\n{\"name\":\"a\",\"argum"));
        Assert.Equal("a()", Say("ents\":{}}\n</tool_call>"));
        Assert.Equal("then <b", Say("then <b"));

        string Say(string more) => string.Join('|', contents.Next((reply += more).TrimEnd(), isWhole: false).Select(Show).Select(s => s.Split('#')[0]));
    }

    [Fact]
    public void Next_CallIds_RepeatForTheSameRequestOnly()
    {
        const string Reply = "<tool_call>{\"name\":\"b\",\"arguments\":{}}</tool_call><tool_call>{\"name\":\"b\",\"arguments\":{}}</tool_call>";
        List<string> Ids(params int[] prompt) => [.. Contents(Qwen3ChatTemplate.TemplateName, s_tools, prompt).Next(Reply, isWhole: true).Cast<FunctionCallContent>().Select(c => c.CallId)];
        Assert.Equal(Ids(1, 2), Ids(1, 2));
        Assert.Equal(4, Ids(1, 2).Concat(Ids(1, 2, 3)).Distinct().Count());
    }

    private static ReplyContents Contents(string template, ChatOptions? options, params int[] prompt) => new(ChatTemplate.Named(template), options, new GenerationRequest
    {
        Policy = new("m"), PromptIds = prompt, MaxTokens = 9, Temperature = 1, Seed = 3, StopIds = [], CancellationToken = CancellationToken.None,
    });

    private static IList<AIContent> Joined(IEnumerable<AIContent> contents) =>
        contents.Select(c => new ChatResponseUpdate(ChatRole.Assistant, [c])).ToChatResponse().Messages is [var message] ? message.Contents : [];

    private static string Show(AIContent content) => content switch
    {
        TextReasoningContent r => $"think:{r.Text}",
        TextContent t => t.Text,
        FunctionCallContent f => $"{f.Name}({string.Join(',', f.Arguments!.Select(a => a.ToString()))})#{f.CallId}",
        _ => content.GetType().Name,
    };
}
