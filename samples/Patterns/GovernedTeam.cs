namespace AgentTeams.Samples;

/// <summary>A wrong claim is refused before others read it; the record tells where it came from and how far it got.</summary>
internal static class GovernedTeam
{
    public static async Task RunAsync()
    {
        var governance = new Governance { Verifier = MessageVerifier.Ask(Cast.Role("checker")), MaxRepairs = 1 };
        var team = TeamPatterns.Sequential("team", [Cast.Role("ann"), Cast.Role("bob")], new() { Governance = governance });
        var runtime = Cast.Play((role, asked) => role switch
        {
            "checker" => asked.Contains("to say: A spider has six", StringComparison.Ordinal)
                ? Cast.Json(new { accepted = false, reason = "Insects have six." }) : Cast.Json(new { accepted = true, reason = "" }),
            "ann" => asked.Contains("not delivered", StringComparison.Ordinal) ? "A spider has eight legs." : "A spider has six legs.",
            _ => "So two spiders have sixteen.",
        });

        var run = await team.Definition.RecordAsync(new("How many legs have two spiders?"), runtime);

        foreach (var message in run.State!.Messages) Console.WriteLine(Cast.Short(ConversationView.Line(message)));
        var (cost, claim) = (GovernanceCost.Of(run.Trajectory), LineageGraph.Of(run.Trajectory).Trace("A spider has six legs."));
        Console.WriteLine($"repairs {cost.Repairs.Calls}, checks {cost.Checks.Calls}; said first by {claim.Origin?.Speaker ?? "nobody"}, in the outcome: {claim.IsInOutcome}");
    }
}
