using System.Text.Json;

namespace AgentTeams.Tests;

public sealed class ChatTemplateFolderTests : IDisposable
{
    // Where the published sources differ in what they write, not the sources themselves.
    private const string Llama3 = "{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}"
        + "{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}";

    private const string ChatMl = "{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}"
        + "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{{ '<|im_start|>assistant\n' }}";

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_NamedInConfig_IsThatOne()
    {
        Write("config.json", new { model_type = "llama", agentteams_chat_template = "qwen3" });
        Assert.IsType<Qwen3ChatTemplate>(ChatTemplateFolder.Load(_folder));
    }

    [Theory]
    [InlineData("llama", Llama3, "llama3")]
    [InlineData("qwen2", ChatMl, "chatml")]
    public void Load_PublishedSource_IsRecognised(string modelType, string source, string name)
    {
        Write("config.json", new { model_type = modelType });
        Write("tokenizer_config.json", new { chat_template = source });
        Assert.Equal(name, ChatTemplateFolder.Load(_folder).Name);
        Write("tokenizer_config.json", new { chat_template = new[] { new { name = "rag", template = "x" }, new { name = "default", template = source } } });
        Assert.Equal(name, ChatTemplateFolder.Load(_folder).Name);
        Write("tokenizer_config.json", new { });
        File.WriteAllText(Path.Combine(_folder, "chat_template.jinja"), source);
        Assert.Equal(name, ChatTemplateFolder.Load(_folder).Name);
    }

    [Theory]
    [InlineData("llama", ChatMl)]
    [InlineData("qwen2", "{{ messages }}")]
    [InlineData("llama", Llama3 + "{% for tool in tools %}")]
    public void Load_UnknownSource_AsksForATemplate(string modelType, string source)
    {
        Write("config.json", new { model_type = modelType });
        Write("tokenizer_config.json", new { chat_template = source });
        var error = Assert.Throws<ModelFormatException>(() => ChatTemplateFolder.Load(_folder));
        Assert.Contains("tokenizer_config.json", error.Message, StringComparison.Ordinal);
        Assert.Contains("FromDelegate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoTemplate_AsksForOne() =>
        Assert.Contains("Pass a ChatTemplate", Assert.Throws<ModelFormatException>(() => ChatTemplateFolder.Load(_folder)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{")]
    [InlineData("{\"chat_template\":3}")]
    [InlineData("{\"chat_template\":\"\\ud800\"}")]
    [InlineData("{\"chat_template\":[{\"template\":\"x\"}]}")]
    public void Load_DamagedFile_IsNamed(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "tokenizer_config.json"), json);
        Assert.Contains("tokenizer_config.json", Assert.Throws<ModelFormatException>(() => ChatTemplateFolder.Load(_folder)).Message, StringComparison.Ordinal);
    }

    private void Write(string file, object content) => File.WriteAllText(Path.Combine(_folder, file), JsonSerializer.Serialize(content));
}
