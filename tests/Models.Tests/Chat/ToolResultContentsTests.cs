using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class ToolResultContentsTests
{
    private static readonly Tokenizer s_tokenizer = SmallTokenizer.Load([.. SmallTokenizer.QwenTokens, .. SmallTokenizer.Llama3Tokens, .. MinimalChatTemplate.SpecialTokens]);
    private static readonly DataContent s_image = new(new byte[] { 1, 2, 3 }, "image/png");

    public static TheoryData<string> Names => ["minimal", "qwen2.5", "qwen3", "llama3", "llama3.1", JinjaChatTemplate.TemplateName];

    [Theory]
    [MemberData(nameof(Names))]
    public void Render_ResultThatHoldsAnImage_IsRefusedByName(string name)
    {
        object[] results =
        [
            s_image, new List<AIContent> { new TextContent("seen"), s_image }, new AIContent[] { s_image }, new UriContent("https://example.org/a.png", "image/png"),
            JsonSerializer.SerializeToElement<AIContent>(s_image, AIJsonUtilities.DefaultOptions),
            JsonSerializer.SerializeToElement(new List<AIContent> { new TextContent("seen"), s_image }, AIJsonUtilities.DefaultOptions),
            JsonSerializer.SerializeToElement(new { content = new object[] { new { type = "text", text = "seen" }, new { type = "image", data = "AQID", mimeType = "image/png" } } }),
            JsonSerializer.SerializeToElement(new { content = new[] { new { type = "resource", resource = new { uri = "a://b", blob = "AQID" } } } }),
        ];
        foreach (var result in results)
        {
            var message = Assert.Throws<AgentTeamsException>(() => Render(name, result)).Message;
            Assert.Contains($"'{name}'", message, StringComparison.Ordinal);
            Assert.Contains("'call-7'", message, StringComparison.Ordinal);
            Assert.Contains("Return text", message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Render_ResultOfTexts_IsTheirLines(string name)
    {
        var expected = Render(name, "one\ntwo");
        AIContent[] texts = [new TextContent("one"), new TextContent("two")];
        Assert.Equal(expected, Render(name, texts));
        Assert.Equal(expected, Render(name, texts.ToList()));
        Assert.Equal(expected, Render(name, JsonSerializer.SerializeToElement(texts.ToList(), AIJsonUtilities.DefaultOptions)));
        Assert.Equal(Render(name, "one"), Render(name, texts[0]));
    }

    [Theory]
    [InlineData("{\"type\":\"image\",\"data\":\"AQID\"}")]
    [InlineData("{\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}")]
    [InlineData("{\"content\":[]}")]
    [InlineData("{\"content\":\"image\"}")]
    [InlineData("[{\"$type\":\"triangle\",\"sides\":3}]")]
    [InlineData("[{\"$type\":3}]")]
    [InlineData("[]")]
    public void Render_DataOfItsOwn_IsWrittenAsItIs(string json) =>
        Assert.Contains(PythonJson.Write(JsonElement.Parse(json)), s_tokenizer.Decode(Render("qwen3", JsonElement.Parse(json))), StringComparison.Ordinal);

    private static int[] Render(string name, object result)
    {
        var template = name == JinjaChatTemplate.TemplateName
            ? new JinjaChatTemplate("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}", new Dictionary<string, string>()) : ChatTemplate.Named(name);
        return template.Render(s_tokenizer, [new(ChatRole.User, "q"), new(ChatRole.Assistant, [new FunctionCallContent("call-7", "look")]), new(ChatRole.Tool, [new FunctionResultContent("call-7", result)])]);
    }
}
