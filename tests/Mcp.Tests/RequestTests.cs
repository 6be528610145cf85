using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentTeams.Tests;

/// <summary>What a server asks of its client: people, models and roots; and what it says.</summary>
public sealed class RequestTests
{
    private const string Form = """{"message":"Which colour?","requestedSchema":{"type":"object","properties":{"colour":{"type":"string"}},"required":["colour"]}}""";

    [Fact]
    public async Task Elicitation_InAWorkflow_AsksTheRunsResponderAndIsRecordedBehindTheCall()
    {
        await using var server = new RawServer(RawServer.Tool("paint"), async (server, _) => Painted(await server.AskAsync("elicitation/create", Form)));
        await using var tools = await server.ConnectAsync(o => o with { Elicitation = McpElicitation.AskRun });
        HumanRequest? asked = null;

        var result = await RunAsync(tools["paint"], new()
        {
            Responder = (request, _) =>
            {
                asked = request;
                return new(JsonSerializer.SerializeToElement(new { colour = "red" }));
            },
        });

        Assert.Equal("""accept {"colour":"red"}""", result.State.Text);
        Assert.Equal(("raw", "paint", "Which colour?"), (asked!.Read<McpQuestion>()!.Server, asked.Read<McpQuestion>()!.Tool, asked.Read<McpQuestion>()!.Message));
        Assert.Equal("colour", asked.AnswerSchema.GetProperty("required")[0].GetString());
        Assert.Equal([NodeKind.Tool, NodeKind.Human], result.Nodes.Select(n => n.Kind));
        Assert.Equal(("paint/ask-0", "paint", "red"), (result.Nodes[1].Id, result.Nodes[1].Parents.Single(), result.Nodes[1].Result?.GetProperty("colour").GetString()));
    }

    [Fact]
    public async Task Elicitation_ResumedRun_HasTheRecordAndAsksNobodyAgain()
    {
        await using var server = new RawServer(RawServer.Tool("paint"), async (server, _) => Painted(await server.AskAsync("elicitation/create", Form)));
        await using var tools = await server.ConnectAsync(o => o with { Elicitation = McpElicitation.AskRun });
        var (store, asked, fails) = (new AgentTeams.Storage.InMemoryCheckpointStore(), 0, true);
        var wf = Workflow.CreateBuilder<Answer>("paint");
        using var client = new ScriptedChatClient(call => fails && call.Index == 1 ? throw new InvalidOperationException("killed")
            : call.Messages[^1].Role == ChatRole.Tool ? "painted" : ScriptedReply.CallTool("paint"));
        wf.Start(wf.AddRole(new Role { Name = "painter", Tools = [tools["paint"]] }, _ => "Paint.", (s, r) => s with { Text = r.Text }));
        var (workflow, options) = (wf.Build(), new WorkflowRunOptions
        {
            Checkpoints = store, RunId = "run", Responder = (_, _) =>
            {
                asked++;
                return new(JsonSerializer.SerializeToElement(new { colour = "red" }));
            },
        });
        await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new(""), TeamRuntime.ForAll(client), options));
        fails = false;

        var result = await workflow.ResumeAsync(TeamRuntime.ForAll(client), options);

        Assert.Equal(("painted", 1), (result.State.Text, asked));
        Assert.Contains(result.Nodes, n => n.Id == "painter/tool-0/ask-0" && n.Kind == NodeKind.Human);
    }

    [Theory]
    [InlineData("null", "cancel")]
    [InlineData("false", "decline")]
    public async Task Elicitation_NobodyAnswersOrSaysNo_TheServerIsTold(string answer, string action)
    {
        await using var server = new RawServer(RawServer.Tool("paint"), async (server, _) => Painted(await server.AskAsync("elicitation/create", Form)));
        await using var tools = await server.ConnectAsync(o => o with { Elicitation = McpElicitation.AskRun });

        var result = await RunAsync(tools["paint"], new() { Responder = (_, _) => new(answer == "null" ? null : (object)JsonElement.Parse(answer)) });

        Assert.StartsWith(action, result.State.Text, StringComparison.Ordinal);
        Assert.Equal(action == "cancel" ? "NotAnswered" : null, result.Nodes[1].Error?.Type);
    }

    [Fact]
    public async Task Elicitation_OfTheNewestProtocol_ReachesTheHandlerOfItsCall()
    {
        await using var server = new InProcessServer(("paint", async (McpServer s, CancellationToken token) =>
        {
            var answer = await s.ElicitAsync(JsonSerializer.Deserialize<ElicitRequestParams>(Form, ModelContextProtocol.McpJsonUtilities.DefaultOptions)!, token);
            return $"{answer.Action} {answer.Content?["colour"]}";
        }));
        List<McpElicitation> asked = [];
        await using var tools = await server.ConnectAsync(o => o with
        {
            Elicitation = (question, _) =>
            {
                asked.Add(question);
                return new(McpElicitationAnswer.Accept(JsonSerializer.SerializeToElement(new { colour = "blue" })));
            },
        });

        Assert.Equal("accept blue", ToolResult.From(await tools["paint"].InvokeAsync()).Text);
        Assert.Equal("paint", Assert.Single(asked).Tool);
    }

    [Fact]
    public async Task Sampling_InAWorkflow_IsAnsweredByTheRoleBoundedAndRecorded()
    {
        const string Ask = """{"messages":[{"role":"user","content":{"type":"text","text":"Summarise."}}],"maxTokens":100000,"systemPrompt":"Be brief."}""";
        await using var server = new RawServer(RawServer.Tool("sum"), async (server, _) =>
        {
            var first = await server.AskAsync("sampling/createMessage", Ask);
            var second = await server.AskAsync("sampling/createMessage", Ask);
            return Text($"{first["result"]!["content"]!["text"]} {second["error"]?["message"]}");
        });
        var role = new Role { Name = "helper", Instructions = "Help the server.", Trainable = false };
        await using var tools = await server.ConnectAsync(o => o with { Sampling = new(role) { MaxRequests = 1, MaxTokens = 50 } });
        using var client = new ScriptedChatClient("brief");

        var result = await RunAsync(tools["sum"], new(), client);

        Assert.StartsWith("brief", result.State.Text, StringComparison.Ordinal);
        Assert.Contains("MaxRequests", result.State.Text, StringComparison.Ordinal);
        var call = Assert.Single(client.Calls);
        Assert.Equal(50, call.Options.MaxOutputTokens);
        Assert.Equal(["Help the server.", "Be brief.", "Summarise."], call.Messages.Select(m => m.Text));
        var node = result.Nodes[1];
        Assert.Equal((NodeKind.Role, "helper", "brief", "sum/ask-0"), (node.Kind, node.Role, node.Text, node.Id));
    }

    [Fact]
    public async Task Sampling_OutsideOfAWorkflow_IsRefused()
    {
        await using var server = new RawServer(RawServer.Tool("sum"), async (server, _) => Text($"{(await server.AskAsync("sampling/createMessage", """{"messages":[],"maxTokens":9}"""))["error"]!["message"]}"));
        await using var tools = await server.ConnectAsync(o => o with { Sampling = new(new Role { Name = "helper" }) });

        Assert.Contains("no call of a workflow", ToolResult.From(await tools["sum"].InvokeAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roots_WhereSet_AreTold()
    {
        await using var server = new RawServer(RawServer.Tool("roots"), async (server, _) => Text($"{(await server.AskAsync("roots/list", "{}"))["result"]!["roots"]![0]!["uri"]}"));
        await using var tools = await server.ConnectAsync(o => o with { Roots = ["/srv/docs"] });

        Assert.Equal("file:///srv/docs", ToolResult.From(await tools["roots"].InvokeAsync()).Text);
        Assert.DoesNotContain(tools.Info.UndeclaredCapabilities, c => c.StartsWith("roots", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Connect_NothingIsDeclared_SaysWhatTheServerIsNotToldAndWhatItSays()
    {
        using var log = new TestLog();
        await using var server = new RawServer(RawServer.Tool("look"), "{}");
        await using var tools = await server.ConnectAsync(o => o with { LoggerFactory = log });
        await server.SayAsync("""{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"warning","logger":"db","data":"disk is full"}}""");
        while (!log.Messages.Any(m => m.StartsWith("AgentTeams.Mcp.Server.raw Warning: disk is full", StringComparison.Ordinal))) await Task.Yield();

        Assert.Contains(log.Messages, m => m.Contains("elicitation (McpOptions.Elicitation), sampling (McpOptions.Sampling), roots (McpOptions.Roots)", StringComparison.Ordinal));
        var sent = (await server.ReceiveAsync("initialize"))["params"]!["capabilities"]!.AsObject();
        Assert.DoesNotContain(sent, c => c.Key is "elicitation" or "sampling" or "roots");
        Assert.Equal("raw", tools.Info.Name);
        Assert.Equal("Look first.", tools.Info.Instructions);
    }

    private static string Painted(JsonNode answer) => Text($"{answer["result"]!["action"]} {answer["result"]!["content"]?.ToJsonString()}".TrimEnd());

    private static string Text(string text) => new JsonObject { ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }) }.ToJsonString();

    private static Task<WorkflowResult<Answer>> RunAsync(AIFunction tool, WorkflowRunOptions options, IChatClient? client = null)
    {
        var wf = Workflow.CreateBuilder<Answer>("call");
        wf.Start(wf.AddTool(tool, _ => new { }, (s, r) => s with { Text = r.Text }));
        return wf.Build().RunAsync(new(""), new TeamRuntime { ChatClientSelector = _ => client ?? throw new InvalidOperationException() }, options);
    }

    private sealed record Answer(string Text);
}
