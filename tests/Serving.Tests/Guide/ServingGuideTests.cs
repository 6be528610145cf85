namespace AgentTeams.Tests;

/// <summary>What docs/serving.md says happens, happens.</summary>
public sealed class ServingGuideTests
{
    [Fact]
    public void Serving_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/serving.md"), "ServingSnippets.cs");

    [Fact]
    public async Task Server_AskedAsInTheGuide_Answers()
    {
        using var model = TinyModel.Create();
        var client = model.GetChatClient(model.Base);
        await using var server = await TeamServer.StartAsync(new() { Models = { ["tiny"] = client }, Port = 0 });
        var before = model.Statistics.PromptTokens;
        await ServingSnippets.AskAsync("any", server.Endpoint);
        Assert.True(model.Statistics.PromptTokens > before);
    }

    [Fact]
    public async Task Teams_ServedAsInTheGuide_Answer()
    {
        using var client = new ScriptedChatClient(call => call.Index == 0 ? "a draft" : "a review");
        var (options, team) = ServingSnippets.Teams(client, Served.Key);
        options.Models["talk"] = team;
        await using var served = await Served.StartAsync(options with { Port = 0 });
        var reply = await served.OpenAI.GetChatClient("team").CompleteChatAsync("6 apples and 2 more");
        Assert.Equal("a review", reply.Value.Content[0].Text);
        Assert.Equal("a review", (await served.OpenAI.GetChatClient("talk").CompleteChatAsync("6 apples and 2 more")).Value.Content[0].Text);
    }

    [Fact]
    public async Task Application_BuiltAsInTheGuide_HasTheRoutes()
    {
        using var client = new ScriptedChatClient("hello");
        await using var app = ServingSnippets.Application(client);
        Assert.NotEmpty(((Microsoft.AspNetCore.Routing.IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints));
    }
}
