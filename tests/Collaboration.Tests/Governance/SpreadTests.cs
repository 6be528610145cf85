using Microsoft.Extensions.AI;
using Xunit.Abstractions;

namespace AgentTeams.Tests;

/// <summary>An error that one member says: how often it comes to be the outcome, without governance and with it, and what that costs.</summary>
public sealed class SpreadTests(ITestOutputHelper output)
{
    private const string Error = "The bridge is 400 metres long.";
    private const string Truth = "The bridge is 40 metres long.";
    private const int Runs = 60;

    public static TheoryData<string> Teams => ["sequential", "debate", "messages", "dialogue"];

    [Theory]
    [MemberData(nameof(Teams))]
    public async Task RunAsync_ErrorOfOneMember_ReachesTheOutcomeWithoutGovernanceOnly(string team)
    {
        var (without, _) = await RunAsync(team, null);
        var (with, cost) = await RunAsync(team, new() { Verifier = MessageVerifier.Vote(Tests.Teams.Role("checker"), 3) });

        output.WriteLine($"{team}: the error is in the outcome of {without} of {Runs} runs without and of {with} with governance; calls per run: members {cost.Members.Calls / (double)Runs:0.0}, repairs {cost.Repairs.Calls / (double)Runs:0.0}, checks {cost.Checks.Calls / (double)Runs:0.0}");
        Assert.InRange(without, Runs * 9 / 10, Runs);
        Assert.InRange(with, 0, Runs / 10);
        Assert.True(cost.Checks.Calls >= 3 * cost.Members.Calls && cost.Repairs.Calls > 0);
    }

    private static async Task<(int Spread, GovernanceCost Cost)> RunAsync(string name, Governance? governance)
    {
        var (spread, cost) = (0, new GovernanceCost());
        for (var seed = 0; seed < Runs; seed++)
        {
            var run = await Team(name, governance).Definition.RecordAsync(new("How long is the bridge?"), new Scripts(Answer).Runtime, new() { Seed = new SeedKey(seed) });
            Assert.Null(run.Error);
            if (run.State!.Answer.Contains("400", StringComparison.Ordinal)) spread++;
            var own = GovernanceCost.Of(run.Trajectory);
            cost = new() { Members = Sum(cost.Members, own.Members), Repairs = Sum(cost.Repairs, own.Repairs), Checks = Sum(cost.Checks, own.Checks) };
            // What was refused was shown to nobody else.
            foreach (var refused in run.State.Quarantine)
                Assert.DoesNotContain(run.State.Messages, m => m.Text == refused.Message.Text && m.IsWithheld);
        }

        return (spread, cost);
    }

    private static BoundWorkflow<Conversation, string, string> Team(string name, Governance? governance) => name switch
    {
        "sequential" => TeamPatterns.Sequential("team", Tests.Teams.Members("ann", "bob", "cat"), new() { Governance = governance }),
        "debate" => TeamPatterns.Debate("team", Tests.Teams.Members("ann", "bob"), Tests.Teams.Role("cat"), new() { Governance = governance }),
        "messages" => Protocol.MessagePassing(new() { MaxRounds = 2, Governance = governance }).ToWorkflow("team", Tests.Teams.Members("ann", "bob", "cat")),
        _ => Protocol.Dialogue(new() { MaxTurns = 4, Governance = governance }).ToWorkflow("team", Tests.Teams.Members("ann", "bob")),
    };

    // Ann errs, the others believe what they read; a checker overlooks one error in four and refuses one truth in ten.
    private static string Answer(Heard heard)
    {
        var luck = (ulong)heard.Options.Seed!.Value % 100;
        var asked = heard.Text;
        if (heard.Role == "checker")
        {
            var isError = asked[asked.LastIndexOf("wants to say", StringComparison.Ordinal)..].Contains("400", StringComparison.Ordinal);
            return Scripts.Json(new { accepted = isError ? luck < 25 : luck >= 10, reason = "The plan says otherwise." });
        }

        var errs = heard.Role == "ann" && heard.Messages.Count(m => m.Role == ChatRole.User) == 1 && !asked.Contains(Truth, StringComparison.Ordinal);
        var said = errs || asked.Contains(Error, StringComparison.Ordinal) ? Error : Truth;
        if (heard.Options.ResponseFormat is null) return said;
        return Scripts.Json(new { kind = heard.Role == "cat" ? "answer" : "say", @private = false, to = Array.Empty<string>(), purpose = "", text = said });
    }

    private static CallCount Sum(CallCount a, CallCount b) => new(a.Calls + b.Calls, a.Tokens + b.Tokens);
}
