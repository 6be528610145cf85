using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Templates that are code and Jinja text write the same prompt in both.</summary>
public sealed class ChatTemplateJinjaTests : IDisposable
{
    private static readonly ChatMessage[][] s_conversations =
    [
        [new(ChatRole.User, "q")],
        [new(ChatRole.System, "Be brief."), new(ChatRole.User, "  12 apples,\n 3 pears? ")],
        [new(ChatRole.System, ""), new(ChatRole.User, "a"), new(ChatRole.Assistant, "b"), new(ChatRole.User, "c'd \"e\" \\n {{ f }}")],
        [new(ChatRole.Assistant, "first"), new(ChatRole.User, "naïve 東京 🚀")],
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    [Theory]
    [InlineData("minimal")]
    [InlineData("chatml")]
    public void Jinja_Conversations_GivesTheIdsOfTheCode(string name)
    {
        var template = ChatTemplate.Named(name);
        var tokenizer = Tokenizer(name);
        var jinja = new JinjaChatTemplate(template.Jinja!, new Dictionary<string, string>());
        Assert.All(s_conversations, messages => Assert.Equal(template.Render(tokenizer, messages), jinja.Render(tokenizer, messages)));
    }

    [Theory]
    [InlineData("minimal")]
    [InlineData("chatml")]
    public void Jinja_Calls_AreRefused(string name)
    {
        var jinja = new JinjaChatTemplate(ChatTemplate.Named(name).Jinja!, new Dictionary<string, string>());
        ChatMessage[] messages = [new(ChatRole.User, "q"), new(ChatRole.Assistant, [new FunctionCallContent("1", "f")])];
        Assert.Contains("no place for tool", Assert.ThrowsAny<AgentTeamsException>(() => jinja.Render(Tokenizer(name), messages)).Message, StringComparison.Ordinal);
    }

    [SharedDataFact(Published.Folder)]
    public void SaveLoad_PublishedTemplateThatIsCode_KeepsItsText()
    {
        var source = Published.Json("qwen3_tokenizer_config.json").GetProperty("chat_template").GetString()!;
        File.WriteAllText(Path.Combine(_folder, "chat_template.jinja"), source);
        var template = ChatTemplateFolder.Load(_folder);
        var saved = Path.Combine(_folder, "saved");
        Directory.CreateDirectory(saved);
        var name = ChatTemplateFolder.Save(saved, template);
        Assert.Equal(Qwen3ChatTemplate.TemplateName, name);
        File.WriteAllText(Path.Combine(saved, "config.json"), $"{{\"agentteams_chat_template\": \"{name}\"}}");
        Assert.Equal(source, Assert.IsType<Qwen3ChatTemplate>(ChatTemplateFolder.Load(saved)).Jinja);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Tokenizer Tokenizer(string name) => SmallTokenizer.Load([.. name == "minimal" ? MinimalChatTemplate.SpecialTokens : SmallTokenizer.QwenTokens]);
}
