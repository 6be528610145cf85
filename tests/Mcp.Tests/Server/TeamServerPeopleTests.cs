using System.Text.Json;
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

    private static McpClientOptions Options(string? protocol, Func<ElicitRequestParams, ElicitResult> answer) => new()
    {
        ProtocolVersion = protocol, Handlers = new() { ElicitationHandler = (p, _) => new(answer(p!)) },
    };

    private static McpTeamServer Server(ScriptedChatClient client)
    {
        var wf = Workflow.CreateBuilder<Article>("article");
        var write = wf.AddRole(new Role { Name = "writer" }, s => s.Topic, (s, r) => s with { Text = r.Text });
        wf.Start(write).Then(wf.AddHuman("approve", s => new { s.Text }, (Article s, Verdict v) => s with { Text = $"{s.Text}, {v.Note}: {v.IsGood}" }));
        return new McpTeamServer(new() { Name = "articles" }).AddWorkflow(wf.Build().Bind((string topic) => new Article(topic), s => s.Text), TeamRuntime.ForAll(client));
    }

    private sealed record Verdict(bool IsGood, string Note);

    private sealed record Article(string Topic, string Text = "");
}
