namespace AgentTeams.Tests;

/// <summary>What is withheld is no vote, no part of a text, no draft and no end, whatever the pattern.</summary>
public sealed class WithheldTests
{
    private const string Bad = "bad";

    private static readonly Dictionary<string, Func<Governance, BoundWorkflow<Conversation, string, string>>> s_teams = new(StringComparer.Ordinal)
    {
        ["relay"] = g => TeamPatterns.Relay("team", Teams.Members("ann", "bob"), new() { Governance = g }),
        ["vote"] = g => TeamPatterns.Concurrent("team", Teams.Members("ann", "bob"), Aggregation.Majority(), new() { Governance = g }),
        ["ranked"] = g => TeamPatterns.Concurrent("team", Teams.Members("ann", "bob"), Aggregation.Ranked(), new() { Governance = g }),
        ["debate"] = g => TeamPatterns.Debate("team", Teams.Members("ann", "bob"), Aggregation.Majority(), new() { Governance = g }),
        ["dynamic"] = g => TeamPatterns.Dynamic("team", Teams.Members("ann", "bob"), new() { Governance = g }),
        ["dynamic selected"] = g => TeamPatterns.Dynamic("team", Teams.Members("ann", "bob"), new() { Governance = g, SelectAfter = 1, Keep = 1 }),
        ["dynamic ranked"] = g => TeamPatterns.Dynamic("team", Teams.Members("ann", "bob", "cat"), new() { Governance = g, SelectAfter = 1, Ranker = Teams.Role("judge") }),
        ["cascade agreed"] = g => TeamPatterns.Cascade("team", Teams.Members("ann", "bob"), Escalation.UnlessAgreed(2), new() { Governance = g }),
        ["cascade accepted"] = g => TeamPatterns.Cascade("team", Teams.Members("ann", "bob"), Escalation.UnlessAccepted(Teams.Role("judge")), new() { Governance = g }),
        ["cascade when"] = g => TeamPatterns.Cascade("team", Teams.Members("ann", "bob"), Escalation.When((_, _) => false), new() { Governance = g }),
        ["cascade certain"] = g => TeamPatterns.Cascade("team", Teams.Members("ann", "bob"), Escalation.BelowCertainty(0.5), new() { Governance = g }),
        ["refine"] = g => TeamPatterns.GenerateVerifyRefine("team", Teams.Role("ann"), Teams.Role("judge"), new() { Governance = g, Refiner = Teams.Role("bob") }),
        ["tree"] = g => TeamPatterns.TreeSearch("team", Teams.Members("ann", "bob"), Teams.Role("judge"), new() { Governance = g, Drafts = 3 }),
        ["handoff"] = g => TeamPatterns.Handoff("team", Teams.Members("ann", "bob"), new() { Governance = g }),
        ["coordinator"] = g => TeamPatterns.Coordinator("team", Teams.Role("ann"), Teams.Members("bob"), new() { Governance = g }),
        ["planner"] = g => TeamPatterns.PlannerWorkers("team", Teams.Role("boss"), Teams.Members("ann", "bob"), new() { Governance = g }),
        ["chat"] = g => TeamPatterns.GroupChat("team", Teams.Members("ann", "bob"), Teams.Role("boss"), new() { Governance = g }),
        ["mixture"] = g => TeamPatterns.MixtureOfAgents("team", [Teams.Members("ann", "bob")], Teams.Role("boss"), new() { Governance = g }),
    };

    public static TheoryData<string> All => [.. s_teams.Keys];

    public static TheoryData<string> Chosen => [.. s_teams.Keys.Except(["planner", "chat", "mixture", "cascade certain"])];

    [Theory]
    [MemberData(nameof(Chosen))]
    public async Task RunAsync_FirstMemberIsWithheldAtFirst_TheAnswerIsADeliveredText(string team)
    {
        var governance = new Governance { Verifier = MessageVerifier.By(m => m.Text.Contains(Bad, StringComparison.Ordinal) ? "It is bad." : null), MaxRepairs = 0 };

        var state = (await s_teams[team](governance).Definition.RunAsync(new("task"), new Scripts(Answer).Runtime)).State;

        Assert.NotEmpty(state.Quarantine);
        Assert.Equal("good", state.Answer);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task RunAsync_NothingIsExemptAndAllIsRefused_ComesToAnEndThatIsNotSettledByIt(string team)
    {
        var governance = new Governance { Verifier = MessageVerifier.By(_ => "It is bad."), MaxRepairs = 0, Exempt = [] };

        var state = (await s_teams[team](governance).Definition.RunAsync(new("task"), new Scripts(Answer).Runtime)).State;

        Assert.All(state.Messages.Where(m => m.From is not ("select" or "verify")), m => Assert.True(m.IsWithheld));
        Assert.DoesNotContain("good", state.Answer, StringComparison.Ordinal);
    }

    // What ann says is bad, unless it sees that something of its own is missing.
    private static string Answer(Heard heard)
    {
        var text = heard.Role == "ann" && !heard.Text.Contains("withheld", StringComparison.Ordinal) ? Bad : "good";
        var schema = heard.Options.ResponseFormat is Microsoft.Extensions.AI.ChatResponseFormatJson { Schema: { } json } ? json.GetRawText() : "";
        return !schema.Contains('{', StringComparison.Ordinal) ? text
            : schema.Contains("handoff", StringComparison.Ordinal) ? Scripts.Json(new { handoff = "", text })
            : schema.Contains("grade", StringComparison.Ordinal) ? Scripts.Json(new { grade = 10, critique = "" })
            : schema.Contains("accepted", StringComparison.Ordinal) ? Scripts.Json(new { accepted = true, critique = "" })
            : schema.Contains("tasks", StringComparison.Ordinal) ? Scripts.Json(new { tasks = new[] { new { id = "a", assignee = "ann", task = "one", needs = Array.Empty<string>() } } })
            : schema.Contains("next", StringComparison.Ordinal) ? Scripts.Json(new { next = "ann" })
            : schema.Contains("\"to\"", StringComparison.Ordinal) ? Scripts.Json(new { to = "", text })
            : schema.Contains("[1,2,3]", StringComparison.Ordinal) ? "[1,2,3]" : "[1,2]";
    }
}
