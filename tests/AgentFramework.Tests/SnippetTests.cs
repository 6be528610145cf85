using System.Text.Json;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class SnippetTests
{
    [Fact]
    public void Guide_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/agent-framework.md"), "Snippets.cs");

    [Fact]
    public async Task Recording_Snippet_RecordsTheRun()
    {
        Assert.NotNull(Snippets.Before(Maf.Agent("planner", "a plan"), Maf.Agent("coder", "code")));

        Assert.Equal(["planner", "coder<planner"], (await Snippets.AfterAsync(Maf.Agent("planner", "a plan"), Maf.Agent("coder", "code"), "question")).Edges());
    }

    [Fact]
    public async Task Training_Snippet_UpdatesTheModelBehindTheAgents()
    {
        var model = LocalModel.Create();
        Assert.Equal("planner", Snippets.Local(model).Name);
        var agents = new[] { "planner", "coder" }.Select(name => new ChatClientAgent(
            model.GetChatClient(model.Base).AsAgentClient(), new ChatClientAgentOptions { Name = name, ChatOptions = new() { ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonSerializer.SerializeToElement(new { @enum = new[] { "a", "b" } })) } })).ToArray();
        var answer = (await Snippets.AfterAsync(agents[0], agents[1], "hello")).Outcome!;

        await Snippets.TrainAsync(model, agents[0], agents[1], [new("hello", answer)], steps: 2);

        Assert.True(model.WeightsVersion(model.Base) > 0);
    }
}
