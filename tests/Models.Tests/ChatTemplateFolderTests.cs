using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class ChatTemplateFolderTests : IDisposable
{
    private const string Source = "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}{{ eos_token }}";

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_NamedInConfig_IsThatOne()
    {
        Write("config.json", new { model_type = "llama", agentteams_chat_template = "qwen3" });
        Assert.IsType<Qwen3ChatTemplate>(ChatTemplateFolder.Load(_folder));
    }

    [Fact]
    public void Load_SourceOfItsOwn_IsRendered()
    {
        Write("config.json", new { model_type = "llama" });
        Write("tokenizer_config.json", new { chat_template = Source, bos_token = new { content = "<s>" }, eos_token = "</s>" });
        Renders();
        Write("tokenizer_config.json", new { chat_template = new[] { new { name = "rag", template = "x" }, new { name = "default", template = Source } }, bos_token = "<s>", eos_token = "</s>" });
        Renders();
        Write("tokenizer_config.json", new { bos_token = "<s>", eos_token = "</s>" });
        File.WriteAllText(Path.Combine(_folder, "chat_template.jinja"), Source);
        var loaded = Renders();
        foreach (var file in Directory.EnumerateFiles(_folder)) File.Delete(file);
        Assert.Null(ChatTemplateFolder.Save(_folder, loaded));
        Renders();
    }

    [Fact]
    public void Load_SourceThatSaysWhatIsNotKnown_NamesIt()
    {
        Write("tokenizer_config.json", new { chat_template = "{{ 1 }}\n{% include 'x' %}" });
        var error = Assert.Throws<ModelFormatException>(() => ChatTemplateFolder.Load(_folder));
        Assert.Contains("line 2: the statement 'include'", error.Message, StringComparison.Ordinal);
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

    private ChatTemplate Renders()
    {
        var template = ChatTemplateFolder.Load(_folder);
        var tokenizer = SmallTokenizer.Load("<s>", "</s>");
        Assert.Equal("<s><user>q\n</s>", tokenizer.Decode(template.Render(tokenizer, [new(ChatRole.User, "q")]), skipSpecial: false));
        Assert.Equal([tokenizer.GetId("</s>")], template.StopIds(tokenizer));
        return template;
    }

    private void Write(string file, object content) => File.WriteAllText(Path.Combine(_folder, file), JsonSerializer.Serialize(content));
}
