using AgentTeams.Collaboration;

namespace AgentTeams.Tests;

/// <summary>What docs/governance.md and docs/memory.md show runs, and says what it is said to say.</summary>
[Collection(CurrentFolderTests.Name)]
public sealed class GovernanceGuideTests
{
    [Fact]
    public async Task Governance_AsInTheGuide_StopsTheClaimAndHidesTheSecret()
    {
        var runtime = new TeamRuntime
        {
            ChatClientSelector = role => new ScriptedChatClient(call => ScriptedReply.Say(role.Name switch
            {
                "checker" => call.Messages[^1].Text.Contains("to say: The bridge is 400", StringComparison.Ordinal) ? """{"accepted":false,"reason":"It is shorter."}""" : """{"accepted":true,"reason":""}""",
                "planner" when call.Messages.Count == 1 && call.Messages[0].Text.Contains("bridge", StringComparison.Ordinal) => "The bridge is 400 m long.",
                "planner" => "The bridge is 40 m long.",
                _ => $"Read: {call.Messages[0].Text.Split('\n')[0]}",
            })),
        };

        var (state, cost, claim, answer) = await GovernanceSnippets.RunAsync(Named("checker"), Named("planner"), Named("executor"), Named("summariser"), new byte[16], runtime);

        Assert.Empty(state.Quarantine);
        Assert.Equal((3, 1, 12), (cost.Members.Calls, cost.Repairs.Calls, cost.Checks.Calls));
        Assert.Equal(("planner", false), (claim.Origin!.Speaker, claim.IsInOutcome));
        Assert.Matches("^Read: Write to <EMAIL_[0-9a-f]{8}>\\.$", answer);
    }

    [Fact]
    public async Task Governance_InAnOwnWorkflow_IsAskedForEachAnswer()
    {
        using var client = new ScriptedChatClient("no", "yes");
        var governance = new Governance { Verifier = MessageVerifier.By(m => m.Text == "no" ? "Say yes." : null) };

        Assert.Equal("yes", (await GovernanceSnippets.Own(governance, Named("planner")).RunAsync(new("task"), TeamRuntime.ForAll(client))).State.Answer);
    }

    [Fact]
    public async Task Memory_AsInTheGuide_LearnsAndForgets()
    {
        using var client = new ScriptedChatClient("REMEMBER bridge.length: 40 m");
        var team = TeamPatterns.Sequential("team", [Named("surveyor")]);
        using var folder = new CurrentFolder();

        var (options, forgotten) = await MemorySnippets.RunAsync(team, TeamRuntime.ForAll(client), client);

        Assert.Equal((2, 1), (options.Middleware.Count, forgotten));
    }

    private static Role Named(string name) => new() { Name = name };
}
