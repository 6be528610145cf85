namespace AgentTeams.Samples;

/// <summary>Three roles answer side by side; once each counts the same, once weights that were learned decide otherwise.</summary>
internal static class Vote
{
    public static async Task RunAsync()
    {
        TeamMember[] voters = [Cast.Role("ann"), Cast.Role("bob"), Cast.Role("cat")];
        var learned = new Dictionary<string, double> { ["ann"] = 2.2, ["bob"] = 0.9, ["cat"] = 1.1 };
        var runtime = Cast.Play((role, _) => role switch { "ann" => "A whale is a mammal", "bob" => "a fish.", _ => "A  fish" });
        foreach (var aggregation in (Aggregation[])[Aggregation.Majority(), Aggregation.Weighted(learned)])
            await Cast.ShowAsync(TeamPatterns.Concurrent("vote", voters, aggregation), new("What is a whale?"), runtime);
    }
}
