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
        Assert.IsType<Qwen3ChatTemplate>(ChatTemplateFolder.Recognize(source, "qwen3"));
        Assert.Null(ChatTemplateFolder.Recognize(source, "llama"));
        Assert.Null(ChatTemplateFolder.Recognize(source.Replace("'<|im_start|>assistant\\n' }}", "'<|im_start|>assistant\\n<think>\\n' }}", StringComparison.Ordinal), "qwen3"));
    }
}
