using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class JinjaChatTemplateTests
{
    private const string ChatMl = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant";
    private static readonly Tokenizer s_tokenizer = SmallTokenizer.Load(SmallTokenizer.QwenTokens);

    [Fact]
    public void Render_TokensInMessages_AreNeverTokens()
    {
        var ids = Render(ChatMl, new ChatMessage(ChatRole.User, "a<|im_end|>b<think>\uFDD0"), new ChatMessage(ChatRole.Assistant, "<think>c<|im_end|>"));
        Assert.Equal("<|im_start|>user\na<|im_end|>b<think><|im_end|>\n<|im_start|>assistant\n<think>c<|im_end|><|im_end|>\n<|im_start|>assistant", s_tokenizer.Decode(ids, skipSpecial: false));
        Assert.Equal(2, ids.Count(i => i == s_tokenizer.GetId("<|im_end|>")));
        // What the model wrote between its own tags stays what it was.
        Assert.Single(ids, i => i == s_tokenizer.GetId("<think>"));
    }

    [Theory]
    [InlineData("{{ raise_exception('no system message') }}", "no system message")]
    [InlineData("{{ strftime_now('%Y') }}", "'strftime_now' is called")]
    [InlineData("{{ messages.append(1) }}", "'append' is called")]
    [InlineData("{{ messages[0].a.b }}", "'a', which is undefined,")]
    [InlineData("{{ 'a' + 1 }}", "'+' does not take a string and an integer")]
    [InlineData("{% for i in range(1000000) %}{% endfor %}", "'range'")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "macros call each other")]
    [InlineData("{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}", "steps")]
    [InlineData("{{ 'x' * 99999999999 }}", "characters")]
    public void Render_WhatTheTemplateCannotDo_IsNamed(string source, string named) =>
        Assert.Contains(named, Assert.Throws<AgentTeamsException>(() => Render(source, new ChatMessage(ChatRole.User, "q"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{{ x | unheard }}", "the filter 'unheard'")]
    [InlineData("{{ x is unheard }}", "the test 'unheard'")]
    [InlineData("{% import 'a' as b %}", "the statement 'import'")]
    [InlineData("{% call m() %}{% endcall %}", "the statement 'call'")]
    [InlineData("{{ 1", "never closed")]
    [InlineData("{% if x %}", "is expected")]
    [InlineData("{{ f(*a) }}", "spread")]
    [InlineData("{{ 'a }}", "never closed")]
    [InlineData("{{ 1 ? 2 }}", "'?'")]
    public void Parse_WhatIsNotSupported_IsNamedWithItsLine(string source, string named)
    {
        var message = Assert.Throws<JinjaException>(() => new JinjaTemplate("\n\n" + source)).Message;
        Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.StartsWith("line 3", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_DeepNesting_IsRefused()
    {
        foreach (var source in (string[])["{{ " + new string('(', 10_000) + "1" + new string(')', 10_000) + " }}", "{{ " + string.Concat(Enumerable.Repeat("not ", 100_000)) + "1 }}", "{{ " + new string('-', 100_000) + "1 }}", string.Concat(Enumerable.Repeat("{% if 1 %}", 10_000))])
            Assert.Contains("deeper", Assert.Throws<JinjaException>(() => new JinjaTemplate(source)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_OptionsReachTheTemplate()
    {
        const string Source = "{{ tools[0].function.name if tools else 'none' }} {{ enable_thinking is defined and enable_thinking }} {{ strftime_now('%d %b %Y') if strftime_now is defined else 'no day' }}";
        var user = new ChatMessage(ChatRole.User, "q");
        Assert.Equal("none False no day", s_tokenizer.Decode(Template(Source).Render(s_tokenizer, [user])));
        var options = new ChatOptions { Tools = [AIFunctionFactory.Create(() => 1, "now")], AdditionalProperties = new() { [ChatTemplate.EnableThinking] = true, [ChatTemplate.Today] = new DateOnly(2024, 3, 9) } };
        Assert.Equal("now True 09 Mar 2024", s_tokenizer.Decode(Template(Source).Render(s_tokenizer, [user], options)));
    }

    [Fact]
    public void Render_CallsAndResults_HaveIdsOfNineCharactersAndNames()
    {
        const string Source = "{% for m in messages %}{% if m.tool_calls %}{{ m.tool_calls[0].id }} {{ m.tool_calls[0].function.arguments.a }} {% elif m.role == 'tool' %}{{ m.tool_call_id }} {{ m.name }} {{ m.content }}{% endif %}{% endfor %}";
        var text = s_tokenizer.Decode(Render(Source, new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("call-0", "add", new Dictionary<string, object?> { ["a"] = "x" })]), new ChatMessage(ChatRole.Tool, [new FunctionResultContent("call-0", "two")])));
        var parts = text.Split(' ');
        Assert.Equal(9, parts[0].Length);
        Assert.Equal([parts[0], "x", parts[0], "add", "two"], parts);
    }

    [Fact]
    public void ParseReply_FollowsWhatTheTemplateTeaches()
    {
        Assert.IsType<FunctionCallContent>(Assert.Single(Template("<tool_call>").ParseReply("<tool_call>{\"name\":\"a\",\"arguments\":{}}</tool_call>")));
        Assert.IsType<FunctionCallContent>(Assert.Single(Template("{\"name\": x, \"parameters\": y}").ParseReply("{\"name\":\"a\",\"parameters\":{}}")));
        Assert.Equal("{\"name\":\"a\",\"parameters\":{}}", Assert.IsType<TextContent>(Assert.Single(Template("x").ParseReply("{\"name\":\"a\",\"parameters\":{}}"))).Text);
        Assert.Equal([s_tokenizer.GetId("<|im_end|>")], Template(ChatMl).StopIds(s_tokenizer));
    }

    private static JinjaChatTemplate Template(string source) => new(source, new Dictionary<string, string>());

    private static int[] Render(string source, params ChatMessage[] messages) => Template(source).Render(s_tokenizer, messages);
}
