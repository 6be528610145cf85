namespace AgentTeams.Samples;

/// <summary>Every member proposes, then ranks all proposals; the Borda count decides.</summary>
internal static class Ranked
{
    public static async Task RunAsync()
    {
        var team = TeamPatterns.Concurrent("slogan", [Cast.Role("ann"), Cast.Role("bob"), Cast.Role("cat")], Aggregation.Ranked());

        await Cast.ShowAsync(team, new("A slogan for umbrellas."), Cast.Play((role, asked) =>
            asked.Contains("Rank the proposals", StringComparison.Ordinal) ? role == "bob" ? "[2,3,1]" : "[3,2,1]"
            : role switch { "ann" => "Stay dry.", "bob" => "Rain? What rain?", _ => "Under one roof." }));
    }
}
