using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class ChatTemplateOracleTests
{
    [SharedDataFact(Published.Folder)]
    public void Render_Qwen3Cases_GivesTheIdsOfTheReference() =>
        TemplateCases.AssertRendersAll(new Qwen3ChatTemplate(), Published.Qwen3, Published.Json("qwen3_vectors.json").GetProperty("chat_template_cases"));

    [SharedDataFact(Published.Folder)]
    public void Render_Llama3Cases_GivesTheTextOfTheReference() =>
        TemplateCases.AssertRendersAll(new Llama3ChatTemplate(), SmallTokenizer.Load(SmallTokenizer.Llama3Tokens), Published.Json("llama3_template_cases.json").GetProperty("chat_template_cases"));

    [SharedDataFact(Published.Folder)]
    public void Recognize_PublishedTemplate_IsQwen3()
    {
        var source = Published.Json("qwen3_tokenizer_config.json").GetProperty("chat_template").GetString()!;
        Assert.IsType<Qwen3ChatTemplate>(ChatTemplateFolder.Recognize(source));
        Assert.IsType<Qwen3ChatTemplate>(ChatTemplateFolder.Recognize(source.ReplaceLineEndings("\r\n") + "\n"));
    }

    [SharedDataTheory(Published.Folder)]
    [InlineData("enable_thinking is defined and enable_thinking is false", "not (enable_thinking is defined and enable_thinking is true)")]
    [InlineData("'<|im_start|>user'", "'<|im_start|>tool'")]
    public void Recognize_EditedTemplate_IsRenderedAsItStands(string published, string edited)
    {
        var source = Published.Json("qwen3_tokenizer_config.json").GetProperty("chat_template").GetString()!;
        Assert.Contains(published, source, StringComparison.Ordinal);
        source = source.Replace(published, edited, StringComparison.Ordinal);
        Assert.Null(ChatTemplateFolder.Recognize(source));
        var messages = new[] { new ChatMessage(ChatRole.User, "q"), new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("1", "f")]), new ChatMessage(ChatRole.Tool, [new FunctionResultContent("1", "r")]) };
        string Text(ChatTemplate template) => Published.Qwen3.Decode(template.Render(Published.Qwen3, messages), skipSpecial: false);
        var (known, own) = (Text(new Qwen3ChatTemplate()), Text(new JinjaChatTemplate(source, new Dictionary<string, string>())));
        Assert.NotEqual(known, own);
        Assert.Contains(edited.Contains("tool", StringComparison.Ordinal) ? "<|im_start|>tool\n<tool_response>" : "<think>\n\n</think>\n\n", own, StringComparison.Ordinal);
    }

    [SharedDataFact(Published.Folder)]
    public void Render_Qwen3SourceItself_GivesTheIdsOfTheReference() => TemplateCases.AssertRendersAll(
        new JinjaChatTemplate(Published.Json("qwen3_tokenizer_config.json").GetProperty("chat_template").GetString()!, new Dictionary<string, string>()),
        Published.Qwen3, Published.Json("qwen3_vectors.json").GetProperty("chat_template_cases"));
}
