using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AgentTeams.Tests;

/// <summary>One team of each protocol and pattern, whose roles answer by what they are asked alone, so that a resumed run hears the same.</summary>
internal sealed record TeamCase(string Name, BoundWorkflow<Conversation, string, string> Team, Func<Heard, string> Answer)
{
    private static readonly MessageKind[] Kinds = [new(MessageKinds.Say)];

    public static IReadOnlyList<TeamCase> All { get; } =
    [
        new("message-passing", Protocol.MessagePassing(new() { Kinds = [.. Kinds], MaxRounds = 2, Order = ActionOrder.Simultaneous }).ToWorkflow("team", Teams.Members("ann", "bob")),
            h => Scripts.Json(new { kind = "say", to = (string[])[h.Role == "ann" ? "bob" : "ann"], @private = true, purpose = "", text = Hash(h) })),
        new("intention-broadcast", Protocol.IntentionBroadcast(new() { MaxRounds = 2, Until = _ => false, NeedsRevision = v => v.Self == "bob" }).ToWorkflow("team", Teams.Members("ann", "bob")), Hash),
        new("dialogue", Protocol.Dialogue(new() { MaxTurns = 3 }).ToWorkflow("team", Teams.Members("ann", "bob")), Hash),
        new("inner-monologue", Protocol.InnerMonologue(new() { MaxRounds = 2 }).ToWorkflow("team", Teams.Members("ann", "bob", "cat")), Hash),
        new("blackboard", Protocol.Blackboard(new() { MaxRounds = 2, Order = ActionOrder.Simultaneous }).ToWorkflow("team", Teams.Members("ann", "bob")), h => Scripts.Json(new { key = h.Role, value = Hash(h) })),
        new("sequential", TeamPatterns.Sequential("team", Teams.Members("ann", "bob", "cat")), Hash),
        new("vote", TeamPatterns.Concurrent("team", Teams.Members("ann", "bob", "cat"), Aggregation.Majority()), Hash),
        new("ranked", TeamPatterns.Concurrent("team", Teams.Members("ann", "bob", "cat"), Aggregation.Ranked()), h => h.Options.ResponseFormat is null ? Hash(h) : h.Role == "ann" ? "[2,3,1]" : "[3,2,1]"),
        new("debate", TeamPatterns.Debate("team", Teams.Members("ann", "bob"), Teams.Role("judge")), Hash),
        new("group-chat", TeamPatterns.GroupChat("team", Teams.Members("ann", "bob"), Teams.Role("boss")), h => h.Role != "boss" ? Hash(h)
            : Scripts.Json(new { next = Has(h, "[bob]") ? TurnPolicy.End : Has(h, "[ann]") ? "bob" : "ann" })),
        new("handoff", TeamPatterns.Handoff("team", Teams.Members("ann", "bob")), h => Scripts.Json(new { handoff = h.Role == "ann" ? "bob" : "", text = Hash(h) })),
        new("coordinator", TeamPatterns.Coordinator("team", Teams.Role("boss"), [Teams.Role("eyes"), TeamPatterns.Sequential("ears", Teams.Members("left", "right"))]), h => h.Role != "boss" ? Hash(h)
            : Scripts.Json(new { to = Has(h, "[ears to") ? "" : Has(h, "[eyes to") ? "ears" : "eyes", text = Hash(h) })),
        new("planner-workers", TeamPatterns.PlannerWorkers("team", Teams.Role("boss"), Teams.Members("ann", "bob")), Ledger),
        new("generate-verify-refine", TeamPatterns.GenerateVerifyRefine("team", Teams.Role("ann"), Teams.Role("judge"), new() { MaxAttempts = 2, Refiner = Teams.Role("bob"), Fallback = Teams.Role("cat") }),
            h => h.Role == "judge" ? Scripts.Json(new { accepted = false, critique = Hash(h) }) : Hash(h)),
        new("mixture-of-agents", TeamPatterns.MixtureOfAgents("team", [Teams.Members("ann", "bob"), Teams.Members("ann", "cat")], Teams.Role("boss")), Hash),
        new("dynamic", TeamPatterns.Dynamic("team", Teams.Members("ann", "bob", "cat"), new() { Rounds = 3, SelectAfter = 1 }), h => h.Role == "ann" ? Hash(h) : h.Role),
        new("dynamic-ranked", TeamPatterns.Dynamic("team", Teams.Members("ann", "bob", "cat"), new() { Rounds = 3, Ranker = Teams.Role("boss") }), h => h.Role == "boss" ? "[3,1,2]" : Hash(h)),
        new("cascade", TeamPatterns.Cascade("team", Teams.Members("ann", "bob", "cat"), Escalation.UnlessAccepted(Teams.Role("judge")), new() { ShowsEarlier = true }),
            h => h.Role == "judge" ? Scripts.Json(new { accepted = Has(h, "[bob]"), critique = Hash(h) }) : Hash(h)),
        new("cascade-agreed", TeamPatterns.Cascade("team", Teams.Members("ann", "bob"), Escalation.UnlessAgreed(2)), h => h.Role == "ann" ? $"ann{h.Options.Seed % 1000}" : Hash(h)),
        new("relay", TeamPatterns.Relay("team", Teams.Members("ann", "bob"), new() { Legs = 4, Until = text => text.Length > 24, Separator = " " }), Hash),
        new("tree-search", TeamPatterns.TreeSearch("team", Teams.Members("ann", "bob"), Teams.Role("judge"), new() { Drafts = 7, Width = 2, Depth = 3 }), h => h.Role != "judge" ? Hash(h) : Scripts.Json(new { grade = h.Text.Length % 7, critique = Hash(h) })),
        new("tree-search-by-value", TeamPatterns.TreeSearch("team", Teams.Members("ann"), Valuer.By((_, draft, _) => new(draft.Sum(c => c) % 10 / 10.0)), new() { Drafts = 5, Width = 2, Depth = 3 }), Hash),
        new("hierarchy", TeamPatterns.Sequential("team", [TeamPatterns.Debate("board", Teams.Members("ann", "bob"), Aggregation.Majority()), Teams.Role("editor")]), Hash),
    ];

    /// <summary>The same under governance: about half of what is said first is refused, and what stays refused is withheld.</summary>
    public static IReadOnlyList<TeamCase> Governed { get; } =
    [
        new("governed-sequential", TeamPatterns.Sequential("team", Teams.Members("ann", "bob", "cat"), new() { Governance = Half }), Hash),
        new("governed-debate", TeamPatterns.Debate("team", Teams.Members("ann", "bob"), Teams.Role("judge"), new() { Governance = Half }), Hash),
        new("governed-vote", TeamPatterns.Concurrent("team", Teams.Members("ann", "bob", "cat"), Aggregation.Majority(), new() { Governance = new() { Verifier = MessageVerifier.Vote(Teams.Role("checker"), 3) } }),
            h => h.Role == "checker" ? Scripts.Json(new { accepted = (Hash(h)[^1] & 1) == 0, reason = "No." }) : Hash(h)),
        new("governed-board", Protocol.Blackboard(new() { MaxRounds = 2, Order = ActionOrder.Simultaneous, Governance = Half }).ToWorkflow("team", Teams.Members("ann", "bob")), h => Scripts.Json(new { key = h.Role, value = Hash(h) })),
        new("governed-messages", Protocol.MessagePassing(new() { MaxRounds = 2, Governance = Half }).ToWorkflow("team", Teams.Members("ann", "bob")),
            h => Scripts.Json(new { kind = "say", to = (string[])[], @private = false, purpose = "", text = Hash(h) })),
        new("governed-handoff", TeamPatterns.Handoff("team", Teams.Members("ann", "bob"), new() { Governance = Half }), h => Scripts.Json(new { handoff = h.Role == "ann" ? "bob" : "", text = Hash(h) })),
        new("governed-workers", TeamPatterns.PlannerWorkers("team", Teams.Role("boss"), Teams.Members("ann", "bob"), new() { Governance = Half }), Ledger),
        new("governed-dynamic", TeamPatterns.Dynamic("team", Teams.Members("ann", "bob", "cat"), new() { Rounds = 3, SelectAfter = 1, Governance = Half }), h => h.Role == "ann" ? Hash(h) : h.Role),
        new("governed-relay", TeamPatterns.Relay("team", Teams.Members("ann", "bob"), new() { Legs = 4, Separator = " ", Governance = Half }), Hash),
        new("governed-tree-search", TeamPatterns.TreeSearch("team", Teams.Members("ann", "bob"), Teams.Role("judge"), new() { Drafts = 5, Width = 2, Depth = 3, Governance = Half }), h => h.Role != "judge" ? Hash(h) : Scripts.Json(new { grade = h.Text.Length % 7, critique = Hash(h) })),
        new("governed-hierarchy", TeamPatterns.Sequential("team", [TeamPatterns.Debate("board", Teams.Members("ann", "bob"), Aggregation.Majority()), Teams.Role("editor")], new() { Governance = Half }), Hash),
    ];

    public static TheoryData<string> Names => [.. All.Concat(Governed).Select(c => c.Name)];

    public static TeamCase Of(string name) => All.Concat(Governed).Single(c => c.Name == name);

    private static Governance Half => new() { Verifier = MessageVerifier.By(m => SHA256.HashData(Encoding.UTF8.GetBytes(m.Text))[0] % 2 == 0 ? "It is odd." : null), MaxRepairs = 1 };

    public Scripts Script() => new(Answer);

    /// <summary>What was recorded, without the times.</summary>
    public static string Untimed(IEnumerable<TrajectoryNode> nodes) =>
        string.Join('\n', nodes.Select(n => Teams.Write(n with { Start = default, Duration = default, Output = [.. n.Output.Select(m => { m.CreatedAt = null; return m; })] })));

    private static bool Has(Heard heard, string text) => heard.Text.Contains(text, StringComparison.Ordinal);

    private static string Hash(Heard heard) => heard.Role + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', heard.Messages.Select(m => m.Text)))))[..6].ToString(CultureInfo.InvariantCulture);

    // The third task fails, so that there is another plan.
    private static string Ledger(Heard heard)
    {
        if (heard.Role != "boss") return Has(heard, "Your part: three") ? "FAILED: no way" : Hash(heard);
        if (heard.Options.ResponseFormat is null) return Hash(heard);
        object Task(string id, string assignee, string task, params string[] needs) => new { id, assignee, task, needs };
        return Scripts.Json(new { tasks = Has(heard, "Failed") ? [Task("d", "bob", "four")] : new[] { Task("a", "ann", "one"), Task("b", "bob", "two", "a"), Task("c", "bob", "three") } });
    }
}
