using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Whatever a server answers reaches state, role and record, and always as one type.</summary>
public sealed class ContentTests
{
    private const string Text = """{"type":"text","text":"caption"}""";
    private const string Image = """{"type":"image","data":"AQID","mimeType":"image/png"}""";
    private const string Audio = """{"type":"audio","data":"BAU=","mimeType":"audio/wav"}""";
    private const string Link = """{"type":"resource_link","uri":"file:///notes.txt","name":"notes","description":"my notes","size":12,"mimeType":"text/plain"}""";
    private const string Written = """{"type":"resource","resource":{"uri":"file:///a.txt","mimeType":"text/plain","text":"written"}}""";
    private const string Blob = """{"type":"resource","resource":{"uri":"file:///b.bin","blob":"BwgJCg=="}}""";
    private const string Strange = """{"type":"hologram","depth":3}""";

    [Fact]
    public async Task Call_AnyResult_IsAToolResult()
    {
        foreach (var result in new[] { $"[{Text}]", $"[{Image}]", $"[{Link}]", $"[{Text},{Image}]", "[]" })
            Assert.IsType<ToolResult>(await RawAsync($$"""{"content":{{result}}}"""));
        Assert.IsType<ToolResult>(await RawAsync("""{"content":[],"structuredContent":{"a":1}}"""));
        Assert.IsType<ToolResult>(await RawAsync($$"""{"content":[{{Text}}],"isError":true}"""));
        Assert.IsType<ToolResult>(await RawAsync("{}"));
    }

    [Fact]
    public async Task Call_EveryKindOfContent_BecomesItsContent()
    {
        var contents = (await CallAsync($$"""{"content":[{{Text}},{{Image}},{{Audio}},{{Link}},{{Written}},{{Blob}},{{Strange}}]}""")).Contents;

        Assert.Equal("caption", Assert.IsType<TextContent>(contents[0]).Text);
        Assert.Equal("image/png AQID", Described(contents[1]));
        Assert.Equal("audio/wav BAU=", Described(contents[2]));
        var link = Assert.IsType<UriContent>(contents[3]);
        Assert.Equal(("file:///notes.txt", "text/plain", "notes", "12"), (link.Uri.AbsoluteUri, link.MediaType, link.AdditionalProperties!["name"]!.ToString(), link.AdditionalProperties["size"]!.ToString()));
        Assert.Equal(("written", "file:///a.txt"), (Assert.IsType<TextContent>(contents[4]).Text, contents[4].AdditionalProperties!["uri"]!.ToString()));
        Assert.Equal("application/octet-stream BwgJCg==", Described(contents[5]));
        Assert.Equal(Strange, Assert.IsType<TextContent>(contents[6]).Text);
    }

    [Theory]
    [InlineData(Image, "[image/png, 3 bytes]")]
    [InlineData(Link, "[text/plain at file:///notes.txt]")]
    [InlineData(Image + "," + Text, "caption")]
    [InlineData(Written, "written")]
    [InlineData("""{"type":"image","data":"AQID"}""", "[application/octet-stream, 3 bytes]")]
    [InlineData("""{"type":"audio","data":"AQID","mimeType":"wav"}""", "[application/octet-stream, 3 bytes]")]
    [InlineData("""{"type":"resource","resource":{"uri":"file:///b","blob":"AQID","mimeType":""}}""", "[application/octet-stream, 3 bytes]")]
    [InlineData("""{"type":"resource_link","uri":"file:///n","mimeType":"a b"}""", "[application/octet-stream at file:///n]")]
    [InlineData("""{"type":"image","data":"not base64!","mimeType":"image/png"}""", """{"type":"image","data":"not base64!","mimeType":"image/png"}""")]
    [InlineData("""{"type":"resource_link","uri":"no uri at all","name":"x"}""", """{"type":"resource_link","uri":"no uri at all","name":"x"}""")]
    public async Task Call_Text_SaysWhatThereIs(string blocks, string text) =>
        Assert.Equal(text, (await CallAsync($$"""{"content":[{{blocks}}]}""")).Text);

    [Theory]
    [InlineData("""{"content":[{"type":"resource","resource":{"uri":"file:///e","text":"no such row"}}],"isError":true}""", "no such row")]
    [InlineData("""{"content":[],"structuredContent":{"code":7},"isError":true}""", """{"code":7}""")]
    [InlineData("""{"content":[{"type":"image","data":"AQID","mimeType":"image/png"}],"isError":true}""", "[image/png, 3 bytes]")]
    public async Task Call_ErrorWithoutText_SaysWhatItHas(string result, string text)
    {
        var error = await CallAsync(result);

        Assert.Equal((true, text), (error.IsError, error.Text));
    }

    [Fact]
    public async Task Role_StructuredAnswerAndImage_GetsBothAndTheRecordHasBoth()
    {
        var (given, node) = await AskAsync($$"""{"content":[{{Image}}],"structuredContent":{"width":3} }""");

        var contents = Assert.IsAssignableFrom<IEnumerable<AIContent>>(given).ToList();
        Assert.Equal("image/png AQID", Described(contents[0]));
        Assert.Equal("""{"width":3}""", Assert.IsType<TextContent>(contents[1]).Text);
        var recorded = ToolResult.From(node.Result);
        Assert.Equal(3, recorded.Json?.GetProperty("width").GetInt32());
        Assert.Equal("image/png AQID", Described(Assert.Single(recorded.Contents)));
    }

    [Theory]
    [InlineData("""{"content":[{"type":"text","text":"{\"a\": 1}"}],"structuredContent":{"a":1}}""", """{"a":1}""")]
    [InlineData("""{"content":[{"type":"text","text":"5"}],"structuredContent":{"result":5}}""", """{"result":5}""")]
    [InlineData("""{"content":[{"type":"text","text":"one"}],"structuredContent":{"a":1}}""", "one\n{\"a\":1}")]
    [InlineData("""{"content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]}""", "one\ntwo")]
    [InlineData("""{"content":[{"type":"text","text":"bad"}],"isError":true}""", "Error: bad")]
    public async Task Role_TextsAndStructure_GetsEachOnce(string result, string text)
    {
        var (given, _) = await AskAsync(result);

        Assert.Equal(text, given?.ToString());
    }

    [Fact]
    public async Task Role_ResourceLink_GetsItAndTheRecordKeepsItsName()
    {
        var (given, node) = await AskAsync($$"""{"content":[{{Link}}]}""");

        Assert.IsType<UriContent>(Assert.Single(Assert.IsAssignableFrom<IEnumerable<AIContent>>(given)));
        var recorded = ToolResult.From(TrajectoryJson.Deserialize(TrajectoryJson.Serialize(Trajectory(node))).Nodes[0].Result);
        Assert.Equal("notes", Assert.Single(recorded.Contents).AdditionalProperties!["name"]!.ToString());
    }

    [Fact]
    public void From_RawResultOfAnotherClient_IsReadAlike()
    {
        var result = ToolResult.From(JsonElement.Parse($$"""{"content":[{{Text}},{{Image}}],"isError":false}"""));

        Assert.Equal(("caption", 2), (result.Text, result.Contents.Count));
        Assert.Empty(ToolResult.From(JsonElement.Parse("""{"content":[{"type":"text","text":"x"}],"page":1}""")).Contents);
    }

    [Theory]
    [InlineData("""{"isError":false,"text":"a","score":3}""")]
    [InlineData("""{"isError":false,"text":"a","contents":[1]}""")]
    [InlineData("""{"isError":false,"text":"a","contents":[null]}""")]
    [InlineData("""{"isError":false,"text":"a","contents":"all"}""")]
    [InlineData("""{"isError":false,"text":"a","contents":[{"$type":"triangle"}]}""")]
    public void From_DataThatLooksLikeAResult_IsKeptWhole(string json)
    {
        var result = ToolResult.From(JsonElement.Parse(json));

        Assert.Equal((json, json), (result.Text, result.Json?.GetRawText()));
    }

    private static string Described(AIContent content) => content is DataContent data ? $"{data.MediaType} {Convert.ToBase64String(data.Data.Span)}" : content.GetType().Name;

    private static async Task<ToolResult> CallAsync(string result) => Assert.IsType<ToolResult>(await RawAsync(result));

    private static async Task<object?> RawAsync(string result)
    {
        await using var server = new RawServer(RawServer.Tool("look"), result);
        await using var tools = await server.ConnectAsync();
        return await tools["look"].InvokeAsync();
    }

    /// <summary>What a role's model is given as the result of its call, and what is recorded.</summary>
    private static async Task<(object? Given, TrajectoryNode Node)> AskAsync(string result)
    {
        await using var server = new RawServer(RawServer.Tool("look"), result);
        await using var tools = await server.ConnectAsync();
        using var client = new ScriptedChatClient(c => c.Index == 0 ? ScriptedReply.CallTool("look") : ScriptedReply.Say("seen"));
        var wf = Workflow.CreateBuilder<Seen>("look");
        wf.Start(wf.AddRole(new() { Name = "solo", Tools = [tools["look"]] }, _ => "?", (s, r) => s with { Text = r.Text }));
        var run = await wf.Build().RunAsync(new(""), TeamRuntime.ForAll(client));
        return (client.Calls[^1].Messages[^1].Contents.OfType<FunctionResultContent>().Single().Result, run.Nodes[1]);
    }

    private static Trajectory Trajectory(TrajectoryNode node) => new()
    {
        Id = "t", WorkflowName = "w", TaskId = "p", GroupId = "p", Status = TrajectoryStatus.Completed, Nodes = [node with { Parents = [] }],
    };

    private sealed record Seen(string Text);
}
