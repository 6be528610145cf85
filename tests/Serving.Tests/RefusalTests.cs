using System.Net;
using System.Text;
using System.Text.Json;

namespace AgentTeams.Tests;

/// <summary>What is refused, with which status, and what the refusal names.</summary>
public sealed class RefusalTests
{
    public static TheoryData<string, string, string> Bodies => new()
    {
        { "\"frequency\":1", "frequency", "not known" },
        { "\"logit_bias\":{\"1\":5}", "logit_bias", "no model" },
        { "\"functions\":[]", "functions", "tools" },
        { "\"modalities\":[\"text\",\"audio\"]", "modalities", "not known" },
        { "\"temperature\":3", "temperature", "from 0 to 2" },
        { "\"temperature\":\"hot\"", "temperature", "\"hot\"" },
        { "\"top_p\":0", "top_p", "above 0" },
        { "\"n\":17", "n", "from 1 to 16" },
        { "\"max_tokens\":0", "max_tokens", "at least 1" },
        { "\"max_tokens\":1,\"max_completion_tokens\":2", "max_tokens", "differ" },
        { "\"stop\":[\"\"]", "stop", "one character" },
        { "\"stream\":1", "stream", "true or false" },
        { "\"stream_options\":{\"include_usage\":true}", "stream_options", "'stream': true" },
        { "\"logprobs\":true,\"top_logprobs\":2", "top_logprobs", "Give 0" },
        { "\"top_logprobs\":0", "top_logprobs", "'logprobs': true" },
        { "\"logprobs\":true", "logprobs", "local model" },
        { "\"min_p\":0.1", "min_p", "local models" },
        { "\"response_format\":{\"type\":\"xml\"}", "response_format.type", "json_schema" },
        { "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\"}}", "response_format.json_schema.schema", "missing" },
        { "\"tools\":[{\"type\":\"function\",\"function\":{}}]", "tools[0].function.name", "missing" },
        { "\"tools\":[{\"type\":\"web_search\"}]", "tools[0].type", "function" },
        { "\"tool_choice\":\"required\"", "tool_choice", "'tools' holds" },
        { "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"x\"}}", "tool_choice", "'tools' holds" },
    };

    [Theory]
    [InlineData("{\"model\":\"it\",\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}")]
    [InlineData("{\"model\":\"it\",\"\\udc00\":1,\"messages\":[]}")]
    [InlineData("{\"model\":\"it\",\"messages\":[],\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":{\"enum\":[\"\\ud800\"]}}}}")]
    public async Task TextThatIsNoUnicode_IsMalformed(string body)
    {
        using var client = new ScriptedChatClient("yes");
        await using var served = await Served.StartAsync(client);
        var (status, reply) = await served.AskAsync(body);
        Assert.Equal((400, "invalid_json"), (status, Error(reply, "code")));
        Assert.Empty(client.Calls);
    }

    public static TheoryData<string, string> Messages => new()
    {
        { "[]", "messages" },
        { "[{\"role\":\"user\"}]", "messages[0].content" },
        { "[{\"role\":\"teacher\",\"content\":\"x\"}]", "messages[0].role" },
        { "[{\"role\":\"user\",\"content\":5}]", "messages[0].content" },
        { "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"x\"}}]}]", "messages[0].content[0].type" },
        { "[{\"role\":\"tool\",\"content\":\"x\"}]", "messages[0].tool_call_id" },
        { "[{\"role\":\"user\",\"content\":\"x\",\"mood\":\"good\"}]", "messages[0].mood" },
        { "[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"x\",\"arguments\":\"[1]\"}}]}]",
            "messages[0].tool_calls[0].function.arguments" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Complete_MemberThatCannotBeHeeded_IsRefusedByName(string more, string param, string says)
    {
        using var client = new ScriptedChatClient("never");
        await using var served = await Served.StartAsync(client);
        var (status, body) = await served.AskAsync(Served.Body(more));
        Assert.Equal((400, param), (status, Error(body, "param")));
        Assert.Contains(says, Error(body, "message"), StringComparison.Ordinal);
        Assert.Equal("invalid_request_error", Error(body, "type"));
        Assert.Empty(client.Calls);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task Complete_MessageThatIsMalformed_IsRefusedByPath(string messages, string param)
    {
        using var client = new ScriptedChatClient("never");
        await using var served = await Served.StartAsync(client);
        var (status, body) = await served.AskAsync($$"""{"model":"it","messages":{{messages}}}""");
        Assert.Equal((400, param), (status, Error(body, "param")));
    }

    [Theory]
    [InlineData("{", "no JSON")]
    [InlineData("[]", "an object")]
    [InlineData("{\"model\":\"it\",\"model\":\"it\"}", "twice")]
    [InlineData("{\"model\":\"it\"}", "'messages' is missing")]
    public async Task Complete_BodyThatIsNoRequest_IsRefused(string text, string says)
    {
        using var client = new ScriptedChatClient("never");
        await using var served = await Served.StartAsync(client);
        var (status, body) = await served.AskAsync(text);
        Assert.Equal(400, status);
        Assert.Contains(says, Error(body, "message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Complete_FieldThatTheServerIgnores_IsTakenAsNotGiven()
    {
        using var client = new ScriptedChatClient("fine");
        await using var served = await Served.StartAsync(client, o => o with { IgnoredFields = ["frequency", "temperature"] });
        Assert.Equal(200, (await served.AskAsync(Served.Body("\"frequency\":1,\"temperature\":9"))).Status);
        Assert.Null(Assert.Single(client.Calls).Options.Temperature);
    }

    [Fact]
    public async Task Complete_UnknownModel_IsNotFound()
    {
        using var client = new ScriptedChatClient("never");
        await using var served = await Served.StartAsync(client);
        var (status, body) = await served.AskAsync("""{"model":"other","messages":[{"role":"user","content":"x"}]}""");
        Assert.Equal((404, "model_not_found", "model"), (status, Error(body, "code"), Error(body, "param")));
        Assert.Contains("There are: it", Error(body, "message"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await served.Http.GetAsync(new Uri("v1/models/other", UriKind.Relative))).StatusCode);
        using var nowhere = await served.Http.GetAsync(new Uri("v1/embeddings", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);
        Assert.Contains("unknown_url", await nowhere.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Complete_OtherContentType_IsRefused()
    {
        using var client = new ScriptedChatClient("never");
        await using var served = await Served.StartAsync(client);
        using var plain = new StringContent(Served.Body(), Encoding.UTF8, "text/plain");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await served.Http.PostAsync(new Uri("v1/chat/completions", UriKind.Relative), plain)).StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Complete_BodyThatIsTooLong_IsRefused(bool chunked)
    {
        using var client = new ScriptedChatClient("never");
        await using var served = await Served.StartAsync(client, o => o with { MaxRequestBytes = 200 });
        using var content = Served.Json(Served.Body(question: new string('x', 300)));
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = content };
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await served.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("200 bytes", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Complete_LocalModel_RefusesWhatItWouldIgnoreOrCannotDo()
    {
        using var model = TinyModel.Create();
        await using var served = await Served.StartAsync(model.GetChatClient(model.Base));
        Assert.Equal("frequency_penalty", Error((await served.AskAsync(Served.Body("\"frequency_penalty\":0.5"))).Body, "param"));
        Assert.Equal(200, (await served.AskAsync(Served.Body("\"frequency_penalty\":0,\"min_p\":0.1,\"repetition_penalty\":1.1,\"max_tokens\":2"))).Status);
        var (status, body) = await served.AskAsync(Served.Body(question: string.Concat(Enumerable.Repeat("apples and pens ", 400))));
        Assert.Equal(400, status);
        Assert.Contains("1024", Error(body, "message"), StringComparison.Ordinal);
        const string Format = """ "response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"not":{}}}} """;
        (status, body) = await served.AskAsync(Served.Body(Format));
        Assert.Equal(400, status);
        Assert.Contains("'not'", Error(body, "message"), StringComparison.Ordinal);
    }

    internal static string? Error(JsonElement body, string member) => body.GetProperty("error").GetProperty(member).GetString();
}
