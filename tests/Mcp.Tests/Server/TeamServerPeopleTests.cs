using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Tests;

/// <summary>Runs that ask a person, who is the client's.</summary>
public sealed class TeamServerPeopleTests
{
    public static TheoryData<string?> Protocols => new(null, "2025-11-25", "2025-06-18");

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task CallTool_RunAsksAPerson_TheClientIsAskedAndTheRunGoesOn(string? protocol)
    {
        var client = new ScriptedChatClient("a draft");
        var asked = new List<ElicitRequestParams>();
        await using var served = await ServedTeam.StartAsync(Server(client), Options(protocol, p =>
        {
            asked.Add(p);
            return new() { Action = "accept", Content = new Dictionary<string, JsonElement> { ["isGood"] = JsonElement.Parse("true"), ["note"] = JsonElement.Parse("\"nice\"") } };
        }));
        var result = await served.Client.CallToolAsync("article", new Dictionary<string, object?> { ["input"] = "rain" });

        Assert.Equal("""{"result":"a draft, nice: True"}""", result.StructuredContent?.GetRawText());
        var form = Assert.Single(asked);
        Assert.Contains("a draft", form.Message, StringComparison.Ordinal);
        Assert.Equal(["isGood", "note"], form.RequestedSchema!.Properties.Keys);
        Assert.Single(client.Calls);
    }

    [Fact]
    public async Task CallTool_NoRunsAreKept_PeopleAreAskedAllTheSame()
    {
        await using var served = await ServedTeam.StartAsync(Server(new ScriptedChatClient("a draft"), options: new() { Name = "articles", KeptRuns = 0 }), Options(null, _ =>
            new() { Action = "accept", Content = new Dictionary<string, JsonElement> { ["isGood"] = JsonElement.Parse("true"), ["note"] = JsonElement.Parse("\"n\"") } }));
        var result = await served.Client.CallToolAsync("article", new Dictionary<string, object?> { ["input"] = "rain" });

        Assert.Equal("""{"result":"a draft, n: True"}""", result.StructuredContent?.GetRawText());
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task CallTool_ThePersonDeclines_IsToldAndNothingWaits(string? protocol)
    {
        await using var served = await ServedTeam.StartAsync(Server(new ScriptedChatClient("a draft")), Options(protocol, _ => new() { Action = "decline" }));
        var result = await served.Client.CallToolAsync("article", new Dictionary<string, object?> { ["input"] = "rain" });

        Assert.True(result.IsError);
        Assert.Equal("The person who was asked declined to answer.", ((TextContentBlock)result.Content[0]).Text);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task CallTool_AnswerThatIsNone_IsAskedForAgain(string? protocol)
    {
        var count = 0;
        await using var served = await ServedTeam.StartAsync(Server(new ScriptedChatClient("a draft")), Options(protocol, _ => new()
        {
            Action = "accept",
            Content = new Dictionary<string, JsonElement> { ["isGood"] = JsonElement.Parse(count++ == 0 ? "\"perhaps\"" : "false"), ["note"] = JsonElement.Parse("\"n\"") },
        }));
        var result = await served.Client.CallToolAsync("article", new Dictionary<string, object?> { ["input"] = "rain" });

        Assert.Equal("""{"result":"a draft, n: False"}""", result.StructuredContent?.GetRawText());
        Assert.Equal(2, count);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task CallTool_ClientThatCannotAsk_IsToldWhatWaits(string? protocol)
    {
        await using var served = await ServedTeam.StartAsync(Server(new ScriptedChatClient("a draft")), new() { ProtocolVersion = protocol });
        var result = await served.Client.CallToolAsync("article", new Dictionary<string, object?> { ["input"] = "rain" });

        Assert.True(result.IsError);
        Assert.Contains("asks a person (approve), and this client cannot ask one", ((TextContentBlock)result.Content[0]).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CallTool_AnsweredAtAnotherServer_GoesOnWhereTheStoreKeptTheRun(bool isKept)
    {
        var (client, store) = (new ScriptedChatClient("a draft"), isKept ? new InMemoryCheckpointStore() : null);
        var asked = await CallAsync(Server(client, store), new() { ["name"] = "article", ["arguments"] = new JsonObject { ["input"] = "rain" } });
        var id = asked["inputRequests"]!.AsObject().Single().Key;
        var result = await CallAsync(Server(client, store), new()
        {
            ["name"] = "article", ["arguments"] = new JsonObject { ["input"] = "rain" }, ["requestState"] = asked["requestState"]!.DeepClone(),
            ["inputResponses"] = new JsonObject { [id] = JsonNode.Parse("""{"action":"accept","content":{"isGood":true,"note":"late"}}""") },
        });

        Assert.Equal(isKept ? "a draft, late: True" : "No such run waits here; it may have given way to newer ones. Call the tool anew.", result["content"]![0]!["text"]!.GetValue<string>());
        Assert.Single(client.Calls);
    }

    [Theory]
    [InlineData("""{"topic":"snow","pages":2}""", false)]
    [InlineData("""{"topic":"rain"}""", false)]
    [InlineData("""{"pages":2,"topic":"rain"}""", true)]
    public async Task CallTool_AnsweredWithOtherArguments_IsRefusedAndTheRunWaitsOn(string arguments, bool isSame)
    {
        var (client, given) = (new ScriptedChatClient("a draft"), """{"topic":"rain","pages":2}""");
        var server = new McpTeamServer(new() { Name = "articles" }).AddWorkflow(Writing().Bind((Order o) => new Article($"{o.Topic} {o.Pages}"), s => s.Text), TeamRuntime.ForAll(client));
        var asked = await CallAsync(server, new() { ["name"] = "article", ["arguments"] = JsonNode.Parse(given) });

        var result = await AnswerAsync(arguments);
        Assert.Equal(isSame ? "a draft, late: True" : "The arguments are not those with which the run that waits here began. Call with the same ones, or anew without a state.", result["content"]![0]!["text"]!.GetValue<string>());
        if (!isSame) Assert.Equal("a draft, late: True", (await AnswerAsync(given))["content"]![0]!["text"]!.GetValue<string>());

        Task<JsonNode> AnswerAsync(string with) => CallAsync(server, new()
        {
            ["name"] = "article", ["arguments"] = JsonNode.Parse(with), ["requestState"] = asked["requestState"]!.DeepClone(),
            ["inputResponses"] = new JsonObject { [asked["inputRequests"]!.AsObject().Single().Key] = JsonNode.Parse("""{"action":"accept","content":{"isGood":true,"note":"late"}}""") },
        });
    }

    [Theory]
    [InlineData("42")]
    [InlineData("[]")]
    [InlineData("""{"action":5}""")]
    [InlineData("""{"action":"accept"}""")]
    [InlineData("""{"action":"accept","content":[1]}""")]
    public async Task CallTool_AnswerThatIsMalformed_LosesNothing(string answer)
    {
        var (client, arguments) = (new ScriptedChatClient("a draft"), new JsonObject { ["input"] = "rain" });
        var server = Server(client);
        var asked = await CallAsync(server, new() { ["name"] = "article", ["arguments"] = arguments.DeepClone() });
        await AnswerAsync(answer);

        Assert.Equal("a draft, late: True", (await AnswerAsync("""{"action":"accept","content":{"isGood":true,"note":"late"}}"""))!["content"]![0]!["text"]!.GetValue<string>());

        Task<JsonNode?> AnswerAsync(string with) => AskAsync(server, new()
        {
            ["name"] = "article", ["arguments"] = arguments.DeepClone(), ["requestState"] = asked["requestState"]!.DeepClone(),
            ["inputResponses"] = new JsonObject { [asked["inputRequests"]!.AsObject().Single().Key] = JsonNode.Parse(with) },
        });
    }

    // What a client sends and reads on the wire, without the SDK's, which answers by itself.
    private static async Task<JsonNode> CallAsync(McpTeamServer server, JsonObject parameters) => (await AskAsync(server, parameters))!;

    private static async Task<JsonNode?> AskAsync(McpTeamServer server, JsonObject parameters)
    {
        var (toServer, toClient) = (new Pipe(), new Pipe());
        parameters["_meta"] = JsonNode.Parse("""
            {"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"raw","version":"1"},"io.modelcontextprotocol/clientCapabilities":{"elicitation":{"form":{}}}}
            """);
        var running = server.RunAsync(toServer.Reader.AsStream(), toClient.Writer.AsStream());
        await toServer.Writer.WriteAsync(Encoding.UTF8.GetBytes(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = "tools/call", ["params"] = parameters }.ToJsonString() + "\n"));
        using var reader = new StreamReader(toClient.Reader.AsStream());
        var answer = JsonNode.Parse((await reader.ReadLineAsync())!)!["result"];
        await toServer.Writer.CompleteAsync();
        await running;
        return answer;
    }

    private static McpClientOptions Options(string? protocol, Func<ElicitRequestParams, ElicitResult> answer) => new()
    {
        ProtocolVersion = protocol, Handlers = new() { ElicitationHandler = (p, _) => new(answer(p!)) },
    };

    private static McpTeamServer Server(ScriptedChatClient client, ICheckpointStore? store = null, McpTeamServerOptions? options = null) => new McpTeamServer(options ?? new() { Name = "articles" })
        .AddWorkflow(Writing().Bind((string topic) => new Article(topic), s => s.Text), TeamRuntime.ForAll(client), new() { Checkpoints = store });

    private static Workflow<Article> Writing()
    {
        var wf = Workflow.CreateBuilder<Article>("article");
        var write = wf.AddRole(new Role { Name = "writer" }, s => s.Topic, (s, r) => s with { Text = r.Text });
        wf.Start(write).Then(wf.AddHuman("approve", s => new { s.Text }, (Article s, Verdict v) => s with { Text = $"{s.Text}, {v.Note}: {v.IsGood}" }));
        return wf.Build();
    }

    private sealed record Verdict(bool IsGood, string Note);

    private sealed record Order(string Topic, int Pages = 1);

    private sealed record Article(string Topic, string Text = "");
}
