using AgentTeams.Collaboration;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>What docs/communication.md and docs/patterns.md show is so: their pictures are those of the teams of their snippets, which run.</summary>
public sealed class TeamGuideTests
{
    private static readonly Role Ann = Named("ann");
    private static readonly Role Bob = Named("bob");

    [Theory]
    [InlineData("sale")]
    [InlineData("carry")]
    [InlineData("meet")]
    [InlineData("look")]
    [InlineData("board")]
    public void Communication_Picture_IsThatOfItsTeam(string team) => AssertDrawn("docs/communication.md", CommunicationSnippets.Teams(Ann, Bob)[team]);

    [Theory]
    [InlineData("report")]
    [InlineData("ranked")]
    [InlineData("debate")]
    [InlineData("chat")]
    [InlineData("desk")]
    [InlineData("dinner")]
    [InlineData("code")]
    [InlineData("mixture")]
    [InlineData("dynamic")]
    [InlineData("cascade")]
    [InlineData("relay")]
    [InlineData("search")]
    public void Patterns_Picture_IsThatOfItsTeam(string team) => AssertDrawn("docs/patterns.md", PatternsSnippets.Teams(Named, new Accepting())[team]);

    [Fact]
    public async Task Coordinator_AsInTheGuide_IsDrawnAndSees()
    {
        using var client = new ScriptedChatClient("""{"to":"reader","text":"Read the sign."}""", "open at nine", """{"to":"","text":"Open at nine."}""");

        var (team, answer) = await PatternsSnippets.SeeAsync(Named("coordinator"), Named("reader"), Named("counter"), new(new byte[] { 1 }, "image/png"), TeamRuntime.ForAll(client));

        AssertDrawn("docs/patterns.md", team);
        Assert.Equal("Open at nine.", answer);
        Assert.Contains(client.Calls[1].Messages[^1].Contents, c => c is DataContent);
    }

    [Fact]
    public async Task Dialogue_AsInTheGuide_ShowsMembersTheirOwnCards()
    {
        using var client = new ScriptedChatClient("Wednesday.");

        var (answer, seen) = await CommunicationSnippets.FirstAsync(Ann, Bob, TeamRuntime.ForAll(client));

        Assert.Equal(("Wednesday.", "Yours is a seven."), (answer, seen.Observation));
        Assert.Equal(12, client.Calls.Count);
    }

    [Fact]
    public async Task Teams_OfTheGuide_RunWhereAnyWordsDo()
    {
        using var client = new ScriptedChatClient("Yes.");
        var teams = PatternsSnippets.Teams(Named, new Accepting());

        foreach (var name in (string[])["report", "vote", "weighted", "judged", "debate", "code", "mixture", "dynamic", "cascade", "relay"])
            Assert.Equal("Yes.", await teams[name].RunAsync("Is it so?", TeamRuntime.ForAll(client)));
    }

    [Fact]
    public async Task Train_AsInTheGuide_RecordsTheAnswerAsOutcome()
    {
        using var model = CpuLanguageModel.Create(LocalModelOptions.FromTexts("tiny", ["a day for the meeting"], new SeedKey(1)));
        var roles = new[] { Ann, Bob }.Select(r => r with { Options = new() { MaxOutputTokens = 4 } }).ToList();
        using var models = new TeamModels(new Team("team", roles, ModelMap.Full("tiny", "ann", "bob")), [model]);
        var solve = Protocol.Dialogue(new() { MaxTurns = 2 }).ToWorkflow("solve", [.. roles]);

        var tasks = CommunicationSnippets.Train(solve, models, [new("a day")]);
        var run = await tasks.Rollout(new("a day"), new SeedKey(1), default);

        Assert.Equal(run.Nodes.Last(n => n.Kind == NodeKind.Role).Text, run.Outcome);
    }

    private static void AssertDrawn(string guide, BoundWorkflow<Conversation, string, string> team) =>
        Assert.Contains($"```mermaid\n{team.Definition.ToMermaid()}```", File.ReadAllText(GuideCode.PathOf(guide)), StringComparison.Ordinal);

    private static Role Named(string name) => new() { Name = name };

    private sealed class Accepting : PatternsSnippets.ICompiler
    {
        public Task<string?> CheckAsync(string draft, CancellationToken token) => Task.FromResult<string?>(null);
    }
}
